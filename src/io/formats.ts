/**
 * Formats of pictures: names, extensions, and which are read and written.
 */
import { extname } from "node:path";
import { invalidArgument, quoted } from "../base/errors.ts";

/** Formats that are written: PNG and JPEG by this library itself, the others by the optional package sharp. */
export const OUTPUT_FORMATS = ["png", "jpeg", "webp", "avif", "tiff"] as const;
/** A format that is written. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** A format that is read; HEIC only by a sharp that was built for it. */
export type PictureFormat = OutputFormat | "heic";

/** Extensions, the one that is given to new files first, then the other usual one. */
const EXTENSIONS: Readonly<Record<PictureFormat, readonly string[]>> = {
  png: [".png"],
  jpeg: [".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".jfi", ".pjpeg", ".pjp"],
  webp: [".webp"],
  avif: [".avif"],
  tiff: [".tif", ".tiff"],
  heic: [".heic", ".heif"],
};

/** Formats with more than 8 bits a channel. */
const DEEP: readonly OutputFormat[] = ["png", "tiff"];

/** The end of a file's name that is read as a picture. */
export const PICTURE_EXTENSION: RegExp = new RegExp(
  `(${Object.values(EXTENSIONS).flat().join("|").replaceAll(".", "\\.")})$`,
  "i",
);

/** The format that a name's extension stands for, or undefined if it is none that is written. */
export function outputFormatOf(path: string): OutputFormat | undefined {
  const extension = extname(path).toLowerCase();
  return OUTPUT_FORMATS.find((format) => EXTENSIONS[format].includes(extension));
}

/**
 * The format that a name's extension stands for.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function outputFormat(path: string): OutputFormat {
  const format = outputFormatOf(path);
  if (format !== undefined) return format;
  throw invalidArgument(
    "the output",
    `one of ${writtenExtensions()} as the extension`,
    quoted(path),
  );
}

/** The extension of a new file. */
export function extensionOf(format: OutputFormat): string {
  return EXTENSIONS[format][0]!;
}

/** Tells whether a format keeps 16 bits a channel. */
export function holds16Bits(format: OutputFormat): boolean {
  return DEEP.includes(format);
}

/** The format to write: the wanted one, or PNG where that would not keep 16 bits that are asked for. */
export function formatFor(wanted: OutputFormat, bits: 8 | 16 | undefined): OutputFormat {
  return bits === 16 && !holds16Bits(wanted) ? "png" : wanted;
}

/** The usual extensions of formats that are written, for messages. */
export function writtenExtensions(): string {
  return OUTPUT_FORMATS.flatMap((format) => EXTENSIONS[format].slice(0, 2)).join(", ");
}
