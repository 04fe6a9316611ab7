/**
 * Measures of a restored picture's closeness to the truth.
 */
export { evaluatePair, type PairMetrics } from "./evaluatePair.ts";
export { mse } from "./mse.ts";
export { psnr } from "./psnr.ts";
export { ssim } from "./ssim.ts";
