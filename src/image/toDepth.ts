/**
 * Change of bit depth, for all channels alike.
 */
import { quantize } from "./quantize.ts";
import type { Raster } from "./Raster.ts";

/**
 * The raster at 8 or 16 bits: 8 → 16 is `v · 257`, 16 → 8 is `round(v / 257)` (so there and back is
 * exact), float is clamped to 0-1 and rounded.
 *
 * @param raster any depth; not changed
 * @param bitDepth 8 or 16
 * @returns the same raster when the depth is already right, else a new one
 * @throws NafnetError INVALID_ARGUMENT when a float value is NaN
 */
export function toDepth(raster: Raster, bitDepth: 8 | 16): Raster {
  if (raster.bitDepth === bitDepth) return raster;
  const { data } = raster;
  if (raster.bitDepth === 32) return { ...raster, bitDepth, data: quantize(data, bitDepth) };
  if (bitDepth === 16) return { ...raster, bitDepth, data: Uint16Array.from(data, (v) => v * 257) };
  return { ...raster, bitDepth, data: Uint8Array.from(data, (v) => Math.round(v / 257)) };
}
