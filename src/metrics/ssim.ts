/**
 * Structural similarity: Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment: from error
 * visibility to structural similarity", https://doi.org/10.1109/TIP.2003.819861, section III.
 */
import { invalidArgument } from "../base/errors.ts";
import type { Raster } from "../image/Raster.ts";
import { type ComparablePair, comparable } from "./comparable.ts";

/** Width of the Gaussian window, from the paper. */
const WINDOW = 11;
/** Standard deviation of the Gaussian window in pixels, from the paper. */
const SIGMA = 1.5;
/** (K1 · L)² and (K2 · L)² with K1 = 0.01, K2 = 0.03 from the paper and L = 255. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;
const GAUSSIAN = gaussian();

/**
 * Mean structural similarity over RGB rounded to 8 bits: 11x11 Gaussian window with σ 1.5, only
 * where the window lies inside the picture, mean of the three channels. Equals scikit-image's
 * `structural_similarity(a, b, data_range=255, channel_axis=-1, gaussian_weights=True, sigma=1.5,
 * use_sample_covariance=False)`. Grey is repeated in three channels, alpha is ignored.
 *
 * @param a one picture, any depth, at least 11x11
 * @param b the other, of the same size
 * @returns 1 when equal, about 0 when unrelated
 * @throws NafnetError INVALID_ARGUMENT when the sizes differ or a side is below 11
 */
export function ssim(a: Raster, b: Raster): number {
  return ssimOf(comparable(a, b));
}

/** {@link ssim} of pictures that are comparable already. */
export function ssimOf(pair: ComparablePair): number {
  if (pair.width < WINDOW || pair.height < WINDOW) {
    throw invalidArgument(
      "SSIM",
      `at least ${WINDOW}x${WINDOW} pixels`,
      `${pair.width}x${pair.height}`,
    );
  }
  return (ssimOfChannel(pair, 0) + ssimOfChannel(pair, 1) + ssimOfChannel(pair, 2)) / 3;
}

/**
 * One channel's mean similarity. The window is separable: rows are filtered into a ring of the last 11, from
 * which columns are filtered, so that memory grows with the width only.
 */
function ssimOfChannel({ width, height, a, b }: ComparablePair, channel: number): number {
  const columns = width - WINDOW + 1;
  const rows = height - WINDOW + 1;
  // Per column of each row: the windowed means of x, y, x², y² and xy.
  const ring = Array.from({ length: WINDOW }, () => new Float64Array(columns * 5));
  let total = 0;
  for (let y = 0; y < height; y++) {
    filterRow(ring[y % WINDOW]!, a, b, y * width * 3 + channel);
    if (y < WINDOW - 1) continue;
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      let [x1, y1, xx, yy, xy] = [0, 0, 0, 0, 0];
      for (let k = 0; k < WINDOW; k++) {
        const row = ring[(y + 1 + k) % WINDOW]!;
        const weight = GAUSSIAN[k]!;
        const at = column * 5;
        x1 += weight * row[at]!;
        y1 += weight * row[at + 1]!;
        xx += weight * row[at + 2]!;
        yy += weight * row[at + 3]!;
        xy += weight * row[at + 4]!;
      }
      const means = x1 * x1 + y1 * y1;
      const variances = xx + yy - means;
      const covariance = xy - x1 * y1;
      sum += ((2 * x1 * y1 + C1) * (2 * covariance + C2)) / ((means + C1) * (variances + C2));
    }
    total += sum;
  }
  return total / (rows * columns);
}

/** Filters one row of a channel that starts at `from`, with pixels 3 apart. */
function filterRow(out: Float64Array, a: Uint8Array, b: Uint8Array, from: number): void {
  for (let at = 0, start = from; at < out.length; at += 5, start += 3) {
    let [x1, y1, xx, yy, xy] = [0, 0, 0, 0, 0];
    for (let k = 0; k < WINDOW; k++) {
      const x = a[start + k * 3]!;
      const y = b[start + k * 3]!;
      const weight = GAUSSIAN[k]!;
      x1 += weight * x;
      y1 += weight * y;
      xx += weight * x * x;
      yy += weight * y * y;
      xy += weight * x * y;
    }
    out[at] = x1;
    out[at + 1] = y1;
    out[at + 2] = xx;
    out[at + 3] = yy;
    out[at + 4] = xy;
  }
}

function gaussian(): Float64Array {
  const radius = (WINDOW - 1) / 2;
  const weights = Float64Array.from({ length: WINDOW }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
