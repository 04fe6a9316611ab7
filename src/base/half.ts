/**
 * The two 16-bit floating-point formats that weights come in: IEEE 754 binary16 and bfloat16.
 *
 * Bits are plain numbers 0–65535, so that callers can keep them in a `Uint16Array`.
 */

// One 4-byte cell seen as a float and as its bits; endianness does not matter, both views share it.
const cell = new Float32Array(1);
const cellBits = new Uint32Array(cell.buffer);

/**
 * The value of a half-precision number. Exact: every half is a float32.
 *
 * @param bits IEEE 754 binary16, 0–65535
 */
export function halfToFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * The half nearest to a float32, ties to even: subnormals included, ±65520 and beyond become
 * infinite, NaN stays NaN.
 *
 * @param value a float32; any other number is rounded to float32 first
 * @returns IEEE 754 binary16, 0–65535
 */
export function float32ToHalf(value: number): number {
  cell[0] = value;
  const bits = cellBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const fraction = bits & 0x7fffff;
  const float32Exponent = (bits >>> 23) & 0xff;
  if (float32Exponent === 0xff) {
    // The quiet bit keeps a NaN whose payload lies only in the lost bits from becoming infinity.
    return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13));
  }
  const exponent = float32Exponent - 127 + 15; // from float32's bias to half's
  if (exponent >= 0x1f) return sign | 0x7c00;
  if (exponent < -10) return sign; // below half of the smallest subnormal, 2^-24
  if (exponent <= 0) return sign | roundedShift(fraction | 0x800000, 14 - exponent);
  // A carry out of the fraction goes to the next exponent, and from the last one to infinity.
  return sign | roundedShift((exponent << 23) | fraction, 13);
}

/**
 * The value of a bfloat16 number. Exact: a bfloat16 is the upper half of a float32.
 *
 * @param bits bfloat16, 0–65535
 */
export function bfloat16ToFloat32(bits: number): number {
  cellBits[0] = (bits & 0xffff) << 16;
  return cell[0] ?? 0;
}

/** `value` / 2^`shift`, to the nearest integer, ties to even. */
function roundedShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const up = rest > half || (rest === half && (quotient & 1) === 1);
  return up ? quotient + 1 : quotient;
}
