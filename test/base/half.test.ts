import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float32ToHalf, halfToFloat32 } from "../../src/base/half.ts";
import { manifest, sha256 } from "../weights/pytorch/manifest.ts";

const { half } = manifest; // computed by NumPy, see tools/parity/checkpoints.py
const cell = new DataView(new ArrayBuffer(4));

function floatOf(bits: number): number {
  cell.setUint32(0, bits);
  return cell.getFloat32(0);
}

function bitsOf(value: number): number {
  cell.setFloat32(0, value);
  return cell.getUint32(0);
}

/** All values of `convert` for 0–65535, NaN without payload, as NumPy's table has it. */
function table(convert: (bits: number) => number): Float32Array {
  const values = new Float32Array(65536);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < 65536; i += 1) {
    const value = convert(i);
    if (Number.isNaN(value)) bits[i] = 0x7fc00000;
    else values[i] = value;
  }
  return values;
}

function toHalves(float32Bits: Iterable<number>): Uint16Array {
  return Uint16Array.from(float32Bits, (bits) => {
    const value = floatOf(bits);
    const result = float32ToHalf(value);
    if (!Number.isNaN(value)) return result;
    expect(result & 0x7c00).toBe(0x7c00);
    expect(result & 0x3ff).not.toBe(0);
    return 0x7e00;
  });
}

describe("half", () => {
  it("reads all 65536 halves as NumPy does", () => {
    expect(sha256(table(halfToFloat32))).toBe(half.halfToFloat32Sha256);
  });

  it("reads all 65536 bfloat16 as NumPy does", () => {
    expect(sha256(table(bfloat16ToFloat32))).toBe(half.bfloat16ToFloat32Sha256);
  });

  it("rounds to the nearest half, ties to even", () => {
    const { float32Bits, halfBits } = half.float32ToHalf;
    const actual = toHalves(float32Bits.map((bits) => Number.parseInt(bits, 16)));
    expect([...actual].map((bits) => bits.toString(16).padStart(4, "0"))).toEqual(halfBits);
  });

  it("rounds at every midpoint between two halves and one float32 beside it", () => {
    function* around(): Generator<number> {
      for (let low = 0; low < 0x7bff; low += 1) {
        const middle = bitsOf((halfToFloat32(low) + halfToFloat32(low + 1)) / 2);
        yield* [middle - 1, middle, middle + 1];
      }
    }
    expect(sha256(toHalves(around()))).toBe(half.float32ToHalfMidpointsSha256);
  });

  it("rounds a sweep over all of float32", () => {
    const sweep = Array.from({ length: 65536 }, (_, i) => (i * 65537) >>> 0);
    expect(sha256(toHalves(sweep))).toBe(half.float32ToHalfSweepSha256);
  });

  it("gives every half back", () => {
    const lost = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => {
      const value = halfToFloat32(bits);
      return !Number.isNaN(value) && float32ToHalf(value) !== bits;
    });
    expect(lost).toEqual([]);
  });
});
