/**
 * Raster: decoded pixels, the form in which pictures travel between files, engines and metrics.
 */
import { invalidArgument, quoted } from "../base/errors.ts";

/** Decoded pixels: rows top to bottom, channels interleaved. */
export interface Raster {
  /** Pixels in a row, at least 1. */
  readonly width: number;
  /** Rows, at least 1. */
  readonly height: number;
  /** 1 grey, 2 grey+alpha, 3 RGB, 4 RGB + straight alpha */
  readonly channels: 1 | 2 | 3 | 4;
  /** 8 or 16: integers to 255/65535; 32: float32, nominally 0-1 */
  readonly bitDepth: 8 | 16 | 32;
  /** `width * height * channels` values. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
}

const ARRAYS: Partial<Record<number, readonly string[]>> = {
  8: ["Uint8Array", "Uint8ClampedArray"],
  16: ["Uint16Array"],
  32: ["Float32Array"],
};

/** The value that stands for white (or opaque) at a bit depth. */
export function maxValueOf(bitDepth: Raster["bitDepth"]): 1 | 255 | 65535 {
  switch (bitDepth) {
    case 8:
      return 255;
    case 16:
      return 65535;
    case 32:
      return 1;
    default:
      bitDepth satisfies never;
      throw invalidArgument("bitDepth", "8, 16 or 32", quoted(bitDepth));
  }
}

/**
 * Checks that a raster's size, channels, depth and data agree with each other.
 *
 * @param raster any raster, for instance one that the caller made by hand
 * @throws NafnetError INVALID_ARGUMENT naming the field that is wrong
 * @example
 * checkRaster({ width: 1, height: 1, channels: 3, bitDepth: 8, data: new Uint8Array(3) });
 */
export function checkRaster(raster: Raster): void {
  const { width, height, channels, bitDepth, data } = raster;
  for (const [field, value] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw invalidArgument(field, "an integer ≥ 1", quoted(value));
    }
  }
  if (![1, 2, 3, 4].includes(channels)) {
    throw invalidArgument("channels", "1, 2, 3 or 4", quoted(channels));
  }
  // By its tag: `instanceof` fails for arrays of another realm, as test runners make them.
  const type = Object.prototype.toString.call(data).slice(8, -1);
  if (!ARRAYS[bitDepth]?.includes(type)) {
    throw invalidArgument(
      "data",
      "a Uint8Array with bitDepth 8, a Uint16Array with 16 or a Float32Array with 32",
      `${type} with bitDepth ${bitDepth}`,
    );
  }
  if (data.length !== width * height * channels) {
    throw invalidArgument(
      `${width}x${height}x${channels}`,
      `${width * height * channels} values`,
      data.length,
    );
  }
}
