import { messageOf, NafnetError } from "../../base/errors.ts";
import type { TiffPicture } from "../tiff/readTiffPicture.ts";
import { COMPRESSION } from "../tiff/tiffTags.ts";

/** libheif's words for what a file has and it was not built for, first of all HEVC, of which each HEIC consists. */
const NOT_BUILT =
  /not been built in|decoding plugin|unsupported (?:feature|codec|filetype|image type)/i;
const OUT_OF_MEMORY = /out of memory|memory allocation|cannot allocate/i;

/** Compressions that each build of libtiff has; others, ZSTD, LZMA and JPEG 2000 among them, may be missing. */
const USUAL_COMPRESSIONS: readonly number[] = [
  COMPRESSION.none,
  COMPRESSION.ccittRle,
  COMPRESSION.ccittGroup3,
  COMPRESSION.ccittGroup4,
  COMPRESSION.lzw,
  COMPRESSION.jpeg,
  COMPRESSION.deflate,
  COMPRESSION.packBits,
  COMPRESSION.oldDeflate,
];

/** Names of those that may be missing. */
const OTHER_COMPRESSIONS: Readonly<Record<number, string>> = {
  [COMPRESSION.oldJpeg]: "old-style JPEG",
  [COMPRESSION.jpeg2000]: "JPEG 2000",
  [COMPRESSION.lerc]: "LERC",
  [COMPRESSION.lzma]: "LZMA",
  [COMPRESSION.zstd]: "ZSTD",
  [COMPRESSION.webp]: "WebP",
  [COMPRESSION.jpegXl]: "JPEG XL",
};

/** What failed, for the message. */
interface SharpFailure {
  /** The format's name. */
  readonly formatName: string;
  /** The picture's name. */
  readonly name: string;
  /** What a TIFF's header says. */
  readonly tiff: TiffPicture | undefined;
}

/**
 * Turns anything that sharp threw into a NafnetError. sharp gives libvips's texts and no codes, so that what it
 * cannot do is told from damage by them and by what a TIFF's header says; they go along as the cause.
 */
export function sharpError(error: unknown, { formatName, name, tiff }: SharpFailure): NafnetError {
  if (error instanceof NafnetError) return error;
  const text = messageOf(error);
  if (OUT_OF_MEMORY.test(text)) {
    const message = `${name}: not enough memory to decode this ${formatName}; scale it down`;
    return new NafnetError("INPUT_TOO_LARGE", message, error);
  }
  if (tiff !== undefined && !USUAL_COMPRESSIONS.includes(tiff.compression)) {
    const compression = OTHER_COMPRESSIONS[tiff.compression] ?? `number ${tiff.compression}`;
    return new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: TIFF with compression ${compression} is not decoded by the sharp that is installed; ` +
        "save it with LZW, deflate or none",
      error,
    );
  }
  if (NOT_BUILT.test(text)) {
    const why = /HEVC/i.test(text) ? ", which has no decoder for HEVC" : "";
    return new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: this ${formatName} is not decoded by the sharp that is installed${why}; ` +
        "convert it to PNG or JPEG",
      error,
    );
  }
  return new NafnetError(
    "INPUT_CORRUPT",
    `${name}: the ${formatName} is truncated or damaged; use an undamaged copy`,
    error,
  );
}
