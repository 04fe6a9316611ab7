/**
 * A raster's alpha channel on its own.
 */
import type { Raster } from "./Raster.ts";

/**
 * The alpha channel as a single-channel raster of the same size and depth.
 *
 * @param raster any raster; not changed
 * @returns a copy of the alpha, or undefined when the raster has none
 */
export function alphaOf(raster: Raster): Raster | undefined {
  const { width, height, channels, bitDepth, data } = raster;
  if (channels !== 2 && channels !== 4) return undefined;
  // The first w·h values only serve to get an array of the same type.
  const alpha = data.slice(0, width * height);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    alpha[pixel] = data[pixel * channels + channels - 1]!;
  }
  return { width, height, channels: 1, bitDepth, data: alpha };
}
