/**
 * Two pictures in the form in which all metrics compare them.
 */
import { invalidArgument } from "../base/errors.ts";
import { checkRaster, type Raster } from "../image/Raster.ts";
import { toDepth } from "../image/toDepth.ts";

/** Two pictures of one size as 8-bit RGB. */
export interface ComparablePair {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0-255 */
  readonly a: Uint8Array;
  /** [height, width, 3], 0-255 */
  readonly b: Uint8Array;
}

/**
 * Brings two pictures to 8-bit RGB, as published numbers are computed: 16 bits and float are
 * rounded, grey is repeated in three channels, alpha is ignored.
 *
 * @throws NafnetError INVALID_ARGUMENT when the sizes differ, or a raster is inconsistent or has NaN
 */
export function comparable(a: Raster, b: Raster): ComparablePair {
  checkRaster(a);
  checkRaster(b);
  if (a.width !== b.width || a.height !== b.height) {
    throw invalidArgument(
      "the two pictures",
      "equal sizes",
      `${a.width}x${a.height} and ${b.width}x${b.height}`,
      "scale or crop one of them",
    );
  }
  return { width: a.width, height: a.height, a: toRgb8(a), b: toRgb8(b) };
}

function toRgb8(raster: Raster): Uint8Array {
  const { width, height, channels, data } = toDepth(raster, 8);
  const out = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      out[pixel * 3 + channel] = data[pixel * channels + (channels < 3 ? 0 : channel)]!;
    }
  }
  return out;
}
