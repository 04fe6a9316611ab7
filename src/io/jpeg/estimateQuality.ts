/**
 * The quality of a JPEG by its quantisation table.
 */

/**
 * The luminance table of ITU-T T.81, annex K.1, which libjpeg scales by the quality (jcparam.c); its order
 * does not matter here.
 */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
] as const;

/** The sum of libjpeg's luminance table at each quality, 1 first. */
const SUMS: readonly number[] = Array.from({ length: 100 }, (_, index) => sumAt(index + 1));

/**
 * Estimates the quality, as libjpeg counts it, that a luminance table stands for: exact for libjpeg's own
 * tables, and for others the quality whose table has the nearest sum.
 *
 * @param table the 64 values of quantisation table 0, in any order
 * @returns 1-100
 */
export function estimateQuality(table: readonly number[]): number {
  const sum = table.reduce((total, value) => total + value, 0);
  let best = 1;
  for (let quality = 2; quality <= 100; quality++) {
    if (Math.abs(SUMS[quality - 1]! - sum) <= Math.abs(SUMS[best - 1]! - sum)) best = quality;
  }
  return best;
}

/** The luminance table's sum at a quality: jcparam.c, jpeg_quality_scaling and jpeg_add_quant_table for baseline. */
function sumAt(quality: number): number {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - quality * 2;
  return LUMINANCE.reduce(
    (sum, value) => sum + Math.min(Math.max(Math.floor((value * scale + 50) / 100), 1), 255),
    0,
  );
}
