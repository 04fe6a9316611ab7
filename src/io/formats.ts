/**
 * The formats of pictures: what they are called, what is read and what is written.
 */
import { extname } from "node:path";
import { NafnetError } from "../base/errors.ts";

/** What is written. PNG and JPEG by this library itself, the others by the optional package sharp. */
export const OUTPUT_FORMATS = ["png", "jpeg", "webp", "avif", "tiff"] as const;
/** What a picture can be written as. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What is read; HEIC only by a sharp that was built for it. */
export type PictureFormat = OutputFormat | "heic";

/** Extensions, the one that is given to new files first. */
const EXTENSIONS: Readonly<Record<PictureFormat, readonly string[]>> = {
  png: [".png"],
  jpeg: [".jpg", ".jpeg"],
  webp: [".webp"],
  avif: [".avif"],
  tiff: [".tif", ".tiff"],
  heic: [".heic", ".heif"],
};

/** Formats with more than 8 bits a channel. */
const DEEP: readonly OutputFormat[] = ["png", "tiff"];

/** Names of files that are read as pictures. */
export const PICTURE: RegExp = new RegExp(
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
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected one of ${writtenExtensions()} as the extension of the output but received ` +
      `${JSON.stringify(path)}.`,
  );
}

/** The extension of a new file. */
export function extensionOf(format: OutputFormat): string {
  return EXTENSIONS[format][0]!;
}

/** Whether a format keeps 16 bits a channel. */
export function holds16Bits(format: OutputFormat): boolean {
  return DEEP.includes(format);
}

/** What is written where a format is wanted: PNG where it would not keep 16 bits that are asked for. */
export function formatFor(wanted: OutputFormat, bits: 8 | 16 | undefined): OutputFormat {
  return bits === 16 && !holds16Bits(wanted) ? "png" : wanted;
}

/** For messages. */
export function writtenExtensions(): string {
  return OUTPUT_FORMATS.flatMap((format) => EXTENSIONS[format]).join(", ");
}
