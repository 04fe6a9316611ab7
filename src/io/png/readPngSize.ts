import { hasSignature } from "../decoding/hasSignature.ts";
import type { PictureSize, ReadBytes } from "../decoding/PictureSize.ts";
import { CONTENT_OFFSET, PNG_SIGNATURE, PNG_START_BYTES, SIGNATURE_BYTES } from "./pngLayout.ts";
import { readIhdr } from "./readIhdr.ts";

/**
 * Reads a PNG's width and height from its signature and IHDR.
 *
 * @returns undefined for another format, and a file that ends before its size
 */
export async function readPngSize(read: ReadBytes): Promise<PictureSize | undefined> {
  const start = await read(0, PNG_START_BYTES);
  if (start.length < PNG_START_BYTES || !hasSignature(start, PNG_SIGNATURE)) return undefined;
  const { width, height } = readIhdr(start.subarray(SIGNATURE_BYTES + CONTENT_OFFSET));
  return { width, height };
}
