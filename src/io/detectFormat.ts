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
  ["TIFF", 0, "II*\0", "tiff"],
  ["TIFF", 0, "MM\0*", "tiff"],
  ["BigTIFF", 0, "II+\0", "tiff"],
  ["BigTIFF", 0, "MM\0+", "tiff"],
  ["AVIF", 4, "ftypavif", "avif"],
  ["AVIF", 4, "ftypavis", "avif"],
  ["HEIC", 4, "ftyphe", "heic"],
  ["HEIF", 4, "ftypmif1", "heic"],
  ["HEIF", 4, "ftypmsf1", "heic"],
  ["camera raw (Canon CR3)", 4, "ftypcrx"],
  ["camera raw (Canon CRW)", 6, "HEAPCCDR"],
  ["camera raw (Olympus ORF)", 0, "IIRO"],
  ["camera raw (Olympus ORF)", 0, "IIRS"],
  ["camera raw (Olympus ORF)", 0, "MMOR"],
  ["camera raw (Panasonic RW2)", 0, "IIU\0"],
  ["camera raw (Fujifilm RAF)", 0, "FUJIFILMCCD-RAW"],
  ["camera raw (Minolta MRW)", 0, "\0MRM"],
  ["camera raw (Sigma X3F)", 0, "FOVb"],
  ["JPEG XL", 0, "\xff\x0a"],
  ["JPEG XL", 4, "JXL \r\n"],
  ["JPEG 2000", 4, "jP  \r\n"],
  ["JPEG 2000", 0, "\xff\x4f\xff\x51"],
  ["BMP", 0, "BM"],
  ["PSD", 0, "8BPS"],
  ["PDF", 0, "%PDF"],
  ["ICO", 0, "\0\0\x01\0"],
  ["OpenEXR", 0, "v/1\x01"],
  ["QOI", 0, "qoif"],
  ["MNG", 0, "\x8aMNG"],
  ["JNG", 0, "\x8bJNG"],
  ["JPEG XR", 0, "II\xbc"],
  ["GIMP's XCF", 0, "gimp xcf"],
  ["Radiance HDR", 0, "#?RADIANCE"],
];

/** Netpbm's formats: PBM, PGM and PPM in text and binary, PAM, PFM; white space or a comment follows. */
const PNM = /^P[1-7Ff][\s#]/;

/** Bytes of a text file that are searched for `<svg`: past the XML declaration and a comment. */
const SVG_SEARCH_BYTES = 1024;

/** Where the compatible brands of a ftyp box begin: after its size, name, first brand and version. */
const FTYP_BRANDS_OFFSET = 16;

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
    if (!head.startsWith(text, offset)) continue;
    return name === "HEIF" && hasAvifBrand(head)
      ? { name: "AVIF", format: "avif" }
      : { name, format };
  }
  if (PNM.test(head)) return { name: "PNM", format: undefined };
  const isSvg = head.trimStart().startsWith("<") && head.includes("<svg");
  return isSvg ? { name: "SVG", format: undefined } : undefined;
}

/** Tells an AVIF whose first brand is only that of the container: its ftyp box names AVIF among the others. */
function hasAvifBrand(head: string): boolean {
  const boxBytes = Buffer.from(head.slice(0, 4), "latin1").readUInt32BE();
  return /avi[fs]/.test(head.slice(FTYP_BRANDS_OFFSET, boxBytes));
}
