/**
 * Limits on pictures from outside, and the check that comes before any allocation.
 */
import { NafnetError } from "../../base/errors.ts";

/**
 * 268 megapixels: above a single exposure of any camera (Phase One IQ4: 151), and the most whose
 * RGBA at 16 bits stays at 2 GiB.
 */
export const MAX_PIXELS: number = 2 ** 28;

/**
 * Checks a declared size.
 *
 * @param name the picture's name for the message
 * @throws NafnetError INPUT_CORRUPT for a side of zero, INPUT_TOO_LARGE above `maxPixels`
 */
export function checkSize(name: string, width: number, height: number, maxPixels: number): void {
  if (width < 1 || height < 1) {
    throw new NafnetError(
      "INPUT_CORRUPT",
      `${name}: the header declares ${width}x${height} pixels`,
    );
  }
  if (width * height > maxPixels) {
    throw new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: ${width}x${height} = ${width * height} pixels is more than the limit of ` +
        `${maxPixels}; scale it down, or raise maxPixels if there is memory for it`,
    );
  }
}
