/**
 * A picture's format by its first bytes.
 */

/** Signatures as Latin-1 text at an offset; the first that fits names the format. */
const SIGNATURES: readonly (readonly [name: string, offset: number, text: string])[] = [
  ["PNG", 0, "\x89PNG\r\n\x1a\n"],
  ["JPEG", 0, "\xff\xd8"],
  ["WebP", 8, "WEBP"],
  ["GIF", 0, "GIF8"],
  ["TIFF or camera raw", 0, "II*\0"],
  ["TIFF or camera raw", 0, "MM\0*"],
  ["BigTIFF", 0, "II+\0"],
  ["BigTIFF", 0, "MM\0+"],
  ["AVIF", 4, "ftypavif"],
  ["AVIF", 4, "ftypavis"],
  ["HEIC", 4, "ftyphe"],
  ["HEIF", 4, "ftypmif1"],
  ["HEIF", 4, "ftypmsf1"],
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

/** How much of a text file is searched for `<svg`: past the XML declaration and a comment. */
const SVG_SEARCH_BYTES = 1024;

/**
 * Names the format of an encoded picture.
 *
 * @param bytes the whole file or its first kilobyte
 * @returns "PNG", "JPEG", the name of a format that is not decoded here, or undefined
 */
export function detectFormat(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, SVG_SEARCH_BYTES)).toString("latin1");
  for (const [name, offset, text] of SIGNATURES) {
    if (head.startsWith(text, offset)) return name;
  }
  return head.trimStart().startsWith("<") && head.includes("<svg") ? "SVG" : undefined;
}
