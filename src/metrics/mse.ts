/**
 * Mean squared error.
 */
import type { Raster } from "../image/Raster.ts";
import { type ComparablePair, comparable } from "./comparable.ts";

/**
 * Mean squared error `Σ (a − b)² / (3wh)` over RGB rounded to 8 bits, so 0 to 255². Grey is
 * repeated in three channels, alpha is ignored.
 *
 * @param a one picture, any depth
 * @param b the other, of the same size
 * @returns 0 when equal
 * @throws NafnetError INVALID_ARGUMENT when the sizes differ
 */
export function mse(a: Raster, b: Raster): number {
  return mseOf(comparable(a, b));
}

/** {@link mse} of pictures that are comparable already. */
export function mseOf(pair: ComparablePair): number {
  let sum = 0; // of integers, so exact: 2^53 is 138 · 10^9 values of 255²
  for (let at = 0; at < pair.a.length; at++) {
    const difference = pair.a[at]! - pair.b[at]!;
    sum += difference * difference;
  }
  return sum / pair.a.length;
}
