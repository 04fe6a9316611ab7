/**
 * Peak signal-to-noise ratio.
 */
import type { Raster } from "../image/Raster.ts";
import { mse } from "./mse.ts";

/**
 * Peak signal-to-noise ratio `10 · log10(255² / mse)` in dB over RGB rounded to 8 bits; not over
 * luma, as super-resolution papers have it. Grey is repeated in three channels, alpha is ignored.
 *
 * @param a one picture, any depth
 * @param b the other, of the same size
 * @returns dB, higher is closer; Infinity when equal
 * @throws NafnetError INVALID_ARGUMENT when the sizes differ
 */
export function psnr(a: Raster, b: Raster): number {
  return psnrOf(mse(a, b));
}

/** {@link psnr} from the mean squared error. */
export function psnrOf(meanSquaredError: number): number {
  return 10 * Math.log10(255 ** 2 / meanSquaredError);
}
