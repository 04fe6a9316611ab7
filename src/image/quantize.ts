/**
 * Float values 0-1 to integers: the last step from a network's output to a picture.
 */
import { NafnetError } from "../base/errors.ts";
import { chunks, type Interruptible, runSync } from "../base/interruptible.ts";

/**
 * Rounds values 0-1 to integers: `min(max(round(v · max), 0), max)` with max 255 or 65535.
 *
 * Halves are rounded up as by `Math.round`; ±Infinity clamps. An integer type has no NaN, and a
 * picture with black holes is not a result, so NaN is refused: check an engine's output first where
 * a better error can be given.
 *
 * @param values any shape, nominally 0-1; read only
 * @param bitDepth 8 or 16
 * @returns Uint8Array or Uint16Array of the same length
 * @throws NafnetError INVALID_ARGUMENT when a value is NaN
 * @example
 * quantize(new Float32Array([0, 0.5, 2]), 8); // Uint8Array [0, 128, 255]
 */
export function quantize(values: ArrayLike<number>, bitDepth: 8): Uint8Array;
export function quantize(values: ArrayLike<number>, bitDepth: 8 | 16): Uint8Array | Uint16Array;
export function quantize(values: ArrayLike<number>, bitDepth: 8 | 16): Uint8Array | Uint16Array {
  return runSync(quantizeChunks(values, bitDepth));
}

/** {@link quantize} as an interruptible computation, for large pictures. */
export function* quantizeChunks(
  values: ArrayLike<number>,
  bitDepth: 8 | 16,
): Interruptible<Uint8Array | Uint16Array> {
  const max = bitDepth === 8 ? 255 : 65535;
  const out = bitDepth === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (const [start, end] of chunks(values.length)) {
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) {
        throw new NafnetError("INVALID_ARGUMENT", `Expected numbers but value ${i} is NaN.`);
      }
      out[i] = Math.round(Math.min(Math.max(value, 0), 1) * max);
    }
    yield;
  }
  return out;
}
