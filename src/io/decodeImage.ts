/**
 * Encoded bytes to a raster, for files that nobody vouches for.
 */
import { NafnetError } from "../errors.ts";
import { decodeJpeg } from "./decodeJpeg.ts";
import { decodePng } from "./decodePng.ts";
import { detectFormat } from "./detectFormat.ts";
import { MAX_PIXELS } from "./limits.ts";
import type { Raster } from "./Raster.ts";

/** Options of {@link decodeImage}. */
export interface DecodeOptions {
  /**
   * Refuse pictures with more pixels, by their header, before anything is allocated.
   * @default 2 ** 28, 268 megapixels
   */
  readonly maxPixels?: number | undefined;
  /**
   * What error messages call the picture, a file name as a rule.
   * @default "picture"
   */
  readonly name?: string | undefined;
}

/** A decoded picture and what it was decoded from. */
export interface DecodedImage {
  readonly raster: Raster;
  readonly format: "png" | "jpeg";
}

/**
 * Decodes a PNG or JPEG and turns it upright by its EXIF orientation.
 *
 * @param bytes the encoded file; not changed
 * @param options limit and name
 * @returns PNG: 1-4 channels at 8 or 16 bits; JPEG: 1 or 3 channels at 8 bits
 * @throws NafnetError INPUT_UNSUPPORTED for other formats, INPUT_TOO_LARGE above `maxPixels` or the
 *   memory at hand, INPUT_CORRUPT for an empty, truncated or damaged file,
 *   INVALID_ARGUMENT for a `maxPixels` that is no number of pixels; nothing else
 * @example
 * const { raster } = decodeImage(await readFile("photo.jpg"), { name: "photo.jpg" });
 */
export function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): DecodedImage {
  const { maxPixels = MAX_PIXELS, name = "picture" } = options;
  if (!Number.isSafeInteger(maxPixels) || maxPixels < 1) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected integer ≥ 1 for maxPixels but got ${maxPixels}`,
    );
  }
  if (bytes.length === 0) throw new NafnetError("INPUT_CORRUPT", `${name}: empty, 0 bytes`);
  const format = detectFormat(bytes);
  switch (format) {
    case "PNG":
      return { raster: decodePng(bytes, name, maxPixels), format: "png" };
    case "JPEG":
      return { raster: decodeJpeg(bytes, name, maxPixels), format: "jpeg" };
    case undefined:
      throw new NafnetError(
        "INPUT_CORRUPT",
        `${name}: expected PNG or JPEG but the first bytes are ` +
          `${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`,
      );
    default:
      throw new NafnetError(
        "INPUT_UNSUPPORTED",
        `${name}: ${format} is not decoded; convert it to PNG or JPEG`,
      );
  }
}
