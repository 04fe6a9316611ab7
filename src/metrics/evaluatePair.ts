/**
 * All metrics of one pair of pictures.
 */
import type { Raster } from "../image/Raster.ts";
import { comparable } from "./comparable.ts";
import { mseOf } from "./mse.ts";
import { psnrOf } from "./psnr.ts";
import { ssimOf } from "./ssim.ts";

/** The closeness of two pictures; each figure is defined at the function of that name. */
export interface PairMetrics {
  /** dB; Infinity when equal */
  readonly psnr: number;
  /** at most 1 */
  readonly ssim: number;
  /** 0 to 255² */
  readonly mse: number;
}

/**
 * PSNR, SSIM and MSE of two pictures.
 *
 * @param a one picture, any depth, at least 11x11
 * @param b the other, of the same size
 * @throws NafnetError INVALID_ARGUMENT when the sizes differ or a side is below 11
 * @example
 * const { psnr, ssim } = evaluatePair(restored, truth);
 */
export function evaluatePair(a: Raster, b: Raster): PairMetrics {
  const pair = comparable(a, b);
  const mse = mseOf(pair);
  return { psnr: psnrOf(mse), ssim: ssimOf(pair), mse };
}
