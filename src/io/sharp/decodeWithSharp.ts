/**
 * WebP, AVIF, TIFF and HEIC read by sharp, an optional package that is imported when such a picture comes.
 *
 * PNG and JPEG do without it even where it is installed: its pixels are the same, and the time that it saves on
 * 24 megapixels (0.16 s of a JPEG, 0.5 s of a PNG) is little beside a network's seconds.
 */
import type { Sharp, Metadata as SharpMetadata, SharpOptions } from "sharp";
import { throwIfAborted } from "../../base/abort.ts";
import { NafnetError } from "../../base/errors.ts";
import { applyOrientation, type Orientation } from "../../image/applyOrientation.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { hasSignature } from "../decoding/hasSignature.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import type { PictureFormat } from "../formats.ts";
import { SEGMENT_SIGNATURE } from "../jpeg/segmentSignatures.ts";
import { profileSpace } from "../metadata/iccProfile.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { normaliseMetadata } from "../metadata/normaliseMetadata.ts";
import { readTiffPicture, type TiffPicture } from "../tiff/readTiffPicture.ts";
import type { BuiltInFormat } from "../worker/BuiltInFormat.ts";
import { loadSharp, type SharpModule } from "./loadSharp.ts";
import { sharpError } from "./sharpError.ts";

/** Formats that are read by sharp. */
type SharpReadFormat = Exclude<PictureFormat, BuiltInFormat>;

/** sharp's names of what reads them. */
const LOADER = { webp: "webp", avif: "heif", heic: "heif", tiff: "tiff" } as const;

/** libvips's names of grey pixels. */
const GREY_SPACES = ["b-w", "grey16"];
/** libvips's names of RGB pixels. */
const RGB_SPACES = ["srgb", "rgb16", "rgb"];

/** Options of {@link decodeWithSharp}. */
interface SharpDecodeOptions {
  readonly format: SharpReadFormat;
  /** The format's name for messages. */
  readonly formatName: string;
  /** The picture's name for messages. */
  readonly name: string;
  /** See `checkSize`. */
  readonly maxPixels: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Decodes a picture as it is: no colour conversion but CMYK's to sRGB.
 *
 * @throws NafnetError INPUT_UNSUPPORTED where sharp is missing or does not read it, INPUT_CORRUPT,
 *   INPUT_TOO_LARGE, ABORTED
 */
export async function decodeWithSharp(
  bytes: Uint8Array,
  { format, formatName, name, maxPixels, signal }: SharpDecodeOptions,
): Promise<DecodedPixels> {
  const tiff = format === "tiff" ? readTiffPicture(bytes, name) : undefined;
  const sharp = await loadSharp(
    "INPUT_UNSUPPORTED",
    `${name}: ${formatName} is read`,
    "convert it to PNG or JPEG",
  );
  // A libvips of the user's own may lack a format, and says of its files only that they are of none.
  if (!sharp.format[LOADER[format]]?.input.buffer) {
    throw new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: the sharp that is installed was built without ${formatName}; convert it to PNG or JPEG`,
    );
  }
  if (format === "tiff" && tiff === undefined) {
    throw new NafnetError(
      "INPUT_CORRUPT",
      `${name}: the TIFF is truncated or damaged: its directory is not within its ` +
        `${bytes.length} bytes; use an undamaged copy`,
    );
  }
  const source: SharpSource = { sharp, bytes, tiff };
  try {
    const info = await open(source).metadata();
    const { width, height } = info;
    checkSize(name, width, height, maxPixels);
    throwIfAborted(signal);
    const hasAlpha = tiff === undefined ? info.hasAlpha : tiff.extra === "alpha";
    const raster = await readPixels(source, info, hasAlpha, { formatName, name });
    throwIfAborted(signal);
    const orientation = (info.orientation ?? 1) as Orientation; // libvips gives 1-8
    const read = readMetadata(info);
    const notes = [...(tiff === undefined ? pagesNotes(info) : tiff.notes)];
    const converted = !isKeptSpace(info.space);
    if (converted) notes.push(conversionNote(info));
    const icc = converted ? undefined : read.icc;
    return {
      raster: applyOrientation(raster, orientation),
      metadata: normaliseMetadata({ ...read, icc, notes }, orientation, raster.channels < 3),
    };
  } catch (error) {
    throw sharpError(error, { formatName, name, tiff });
  }
}

/** A file, what a TIFF's header says, and what reads it. */
interface SharpSource {
  readonly sharp: SharpModule;
  readonly bytes: Uint8Array;
  readonly tiff: TiffPicture | undefined;
}

function open({ sharp, bytes, tiff }: SharpSource, ignoreIcc = false): Sharp {
  const common: SharpOptions = { ignoreIcc, limitInputPixels: false }; // that limit is checked
  return sharp(bytes, tiff === undefined ? common : { ...common, page: tiff.page });
}

/** Tells spaces that stay as they are, and whose profile goes along. */
function isKeptSpace(space: string): boolean {
  return GREY_SPACES.includes(space) || RGB_SPACES.includes(space);
}

async function readPixels(
  source: SharpSource,
  { space, depth }: SharpMetadata,
  hasAlpha: boolean,
  { formatName, name }: Pick<SharpDecodeOptions, "formatName" | "name">,
): Promise<Raster> {
  if (depth !== "uchar" && depth !== "ushort") {
    throw new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: ${formatName} with samples of type ${depth} is not decoded; save it with 8 or 16 bits`,
    );
  }
  const deep = depth === "ushort";
  const grey = GREY_SPACES.includes(space);
  // Of 8-bit grey sharp gives the first channel alone, so that with alpha it is read as RGB, three times the same.
  const greyAsRgb = grey && hasAlpha && !deep;
  const image = open(source, isKeptSpace(space)).toColourspace(
    grey && !greyAsRgb ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb",
  );
  const { data, info } = await (hasAlpha ? image : image.removeAlpha())
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels < 1 || channels > 4) {
    throw new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: ${formatName} with ${channels} channels is not decoded; save it as grey or RGB`,
    );
  }
  const samples = deep
    ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (greyAsRgb && channels === 4) {
    return { width, height, channels: 2, bitDepth: 8, data: greyAndAlpha(data) };
  }
  return { width, height, channels, bitDepth: deep ? 16 : 8, data: samples };
}

/** Grey and alpha of RGBA pixels that are grey. */
function greyAndAlpha(rgba: Uint8Array): Uint8Array {
  const data = new Uint8Array(rgba.length / 2);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 2) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 3]!;
  }
  return data;
}

function conversionNote({ space, icc }: SharpMetadata): string {
  const fits = icc !== undefined && profileSpace(icc) === "CMYK";
  const by = fits
    ? "its ICC profile was applied"
    : "it has no ICC profile that fits, so a general one was applied";
  return `The picture was ${space} and is now sRGB; ${by}.`;
}

function pagesNotes({ pages = 1 }: SharpMetadata): string[] {
  return pages > 1 ? [`The file has ${pages} pictures; the first was read.`] : [];
}

function readMetadata(info: SharpMetadata): Metadata {
  const { icc, exif, xmp, density } = info;
  return {
    icc: icc && new Uint8Array(icc),
    exif: exif && new Uint8Array(exifBlock(exif)),
    xmp: xmp && new Uint8Array(xmp),
    density: density === undefined ? undefined : { x: density, y: density, unit: "inch" },
  };
}

/** The TIFF block alone: libvips may put the signature of a JPEG's segment before it. */
function exifBlock(exif: Buffer): Buffer {
  const { exif: signature } = SEGMENT_SIGNATURE;
  return hasSignature(exif, signature) ? exif.subarray(signature.length) : exif;
}
