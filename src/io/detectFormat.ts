/**
 * A picture's format by its first bytes.
 */
import type { PictureFormat } from "./formats.ts";
import { JPEG_SIGNATURE } from "./jpeg/markers.ts";
import { PNG_SIGNATURE } from "./png/pngLayout.ts";

/** Signatures as Latin-1 text at an offset; the first that fits names the format. */
const PICTURE_SIGNATURES: readonly (readonly [
  name: string,
  offset: number,
  text: string,
  format?: PictureFormat,
])[] = [
  ["PNG", 0, PNG_SIGNATURE, "png"],
  ["JPEG", 0, JPEG_SIGNATURE, "jpeg"],
  ["WebP", 8, "WEBP", "webp"],
  ["GIF", 0, "GIF8"],
  ["TIFF or camera raw", 0, "II*\0", "tiff"],
  ["TIFF or camera raw", 0, "MM\0*", "tiff"],
  ["BigTIFF", 0, "II+\0", "tiff"],
  ["BigTIFF", 0, "MM\0+", "tiff"],
  ["AVIF", 4, "ftypavif", "avif"],
  ["AVIF", 4, "ftypavis", "avif"],
  ["HEIC", 4, "ftyphe", "heic"],
  ["HEIF", 4, "ftypmif1", "heic"],
  ["HEIF", 4, "ftypmsf1", "heic"],
  ["Canon CR3", 4, "ftypcrx"],
  ["JPEG XL", 0, "\xff\x0a"],
  ["JPEG XL", 4, "JXL \r\n"],
  ["JPEG 2000", 4, "jP  \r\n"],
  ["JPEG 2000", 0, "\xff\x4f\xff\x51"],
  ["BMP", 0, "BM"],
  ["PSD", 0, "8BPS"],
  ["PDF", 0, "%PDF"],
  ["ICO", 0, "\0\0\x01\0"],
  ["OpenEXR", 0, "v/1\x01"],
  ["PNM", 0, "P5\n"],
  ["PNM", 0, "P6\n"],
  ["QOI", 0, "qoif"],
];

/** Bytes of a text file that are searched for `<svg`: past the XML declaration and a comment. */
const SVG_SEARCH_BYTES = 1024;

/** A file's format, as its first bytes tell. */
export interface DetectedFormat {
  /** Its name for messages. */
  readonly name: string;
  /** undefined for a format that is not decoded */
  readonly format: PictureFormat | undefined;
}

/**
 * Names the format of an encoded picture.
 *
 * @param bytes the whole file or its first kilobyte
 * @returns undefined for bytes that are no known picture
 */
export function detectFormat(bytes: Uint8Array): DetectedFormat | undefined {
  const head = Buffer.from(bytes.subarray(0, SVG_SEARCH_BYTES)).toString("latin1");
  for (const [name, offset, text, format] of PICTURE_SIGNATURES) {
    if (head.startsWith(text, offset)) return { name, format };
  }
  const isSvg = head.trimStart().startsWith("<") && head.includes("<svg");
  return isSvg ? { name: "SVG", format: undefined } : undefined;
}
