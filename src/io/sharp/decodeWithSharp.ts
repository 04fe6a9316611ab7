/**
 * WebP, AVIF, TIFF and HEIC read by sharp, an optional package that is imported when such a picture comes.
 *
 * PNG and JPEG do without it even where it is installed: its pixels are the same, and the time that it saves on
 * 24 megapixels (0.16 s of a JPEG, 0.5 s of a PNG) is little beside a network's seconds.
 */
import type { Metadata as SharpMetadata } from "sharp";
import { throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { applyOrientation, type Orientation } from "../../image/applyOrientation.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { hasSignature } from "../decoding/hasSignature.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import { SEGMENT_SIGNATURE } from "../jpeg/segmentSignatures.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { normaliseMetadata } from "../metadata/normaliseMetadata.ts";
import { loadSharp, type SharpModule } from "./loadSharp.ts";

/** libvips's names of grey pixels. */
const GREY_SPACES = ["b-w", "grey16"];
/** libvips's names of RGB pixels. */
const RGB_SPACES = ["srgb", "rgb16", "rgb"];

/** Options of {@link decodeWithSharp}. */
interface SharpDecodeOptions {
  /** The format's name for messages. */
  readonly formatName: string;
  /** The picture's name for messages. */
  readonly name: string;
  /** See `checkSize`. */
  readonly maxPixels: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Decodes a picture as it is: no colour conversion but CMYK's and Lab's to sRGB.
 *
 * @throws NafnetError INPUT_UNSUPPORTED where sharp is missing or does not read it, INPUT_CORRUPT,
 *   INPUT_TOO_LARGE, ABORTED
 */
export async function decodeWithSharp(
  bytes: Uint8Array,
  { formatName, name, maxPixels, signal }: SharpDecodeOptions,
): Promise<DecodedPixels> {
  const sharp = await loadSharp(
    "INPUT_UNSUPPORTED",
    `${name}: ${formatName} is read`,
    "convert it to PNG or JPEG",
  );
  try {
    const info = await sharp(bytes, { limitInputPixels: false }).metadata();
    const { width, height } = info;
    checkSize(name, width, height, maxPixels);
    throwIfAborted(signal);
    const { raster, note } = await readPixels(sharp, bytes, info, { formatName, name });
    throwIfAborted(signal);
    const orientation = (info.orientation ?? 1) as Orientation; // libvips gives 1-8
    const read = readMetadata(info);
    const notes = note === undefined ? read.notes : [...(read.notes ?? []), note];
    const icc = note === undefined ? read.icc : undefined;
    return {
      raster: applyOrientation(raster, orientation),
      metadata: normaliseMetadata({ ...read, icc, notes }, orientation, raster.channels < 3),
    };
  } catch (error) {
    if (error instanceof NafnetError) throw error;
    const message = messageOf(error).replaceAll("\n", "; ");
    const isUnknown = /unsupported|not been built in|compression format/i.test(message);
    throw new NafnetError(
      isUnknown ? "INPUT_UNSUPPORTED" : "INPUT_CORRUPT",
      `${name}: sharp does not read this ${formatName}: ${message}` +
        (isUnknown ? "; convert it to PNG or JPEG" : ""),
      error,
    );
  }
}

async function readPixels(
  sharp: SharpModule,
  bytes: Uint8Array,
  { space, depth }: SharpMetadata,
  { formatName, name }: Pick<SharpDecodeOptions, "formatName" | "name">,
): Promise<{ raster: Raster; note?: string }> {
  if (depth !== "uchar" && depth !== "ushort") {
    throw new NafnetError(
      "INPUT_UNSUPPORTED",
      `${name}: ${formatName} with samples of type ${depth} is not decoded; save it with 8 or 16 bits`,
    );
  }
  const deep = depth === "ushort";
  const grey = GREY_SPACES.includes(space);
  const asItIs = grey || RGB_SPACES.includes(space);
  const { data, info } = await sharp(bytes, {
    // The profile goes along with the pixels; only those that are neither grey nor RGB are converted.
    ignoreIcc: asItIs,
    limitInputPixels: false, // checked
  })
    .toColourspace(grey ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb")
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
  const raster: Raster = { width, height, channels, bitDepth: deep ? 16 : 8, data: samples };
  if (asItIs) return { raster };
  return { raster, note: `The picture was ${space} and is now sRGB; its ICC profile was applied.` };
}

function readMetadata(info: SharpMetadata): Metadata {
  const { icc, exif, xmp, density, pages = 1 } = info;
  const notes = pages > 1 ? [`The file has ${pages} pictures; the first was read.`] : [];
  return {
    icc: icc && new Uint8Array(icc),
    exif: exif && new Uint8Array(exifBlock(exif)),
    xmp: xmp && new Uint8Array(xmp),
    density: density === undefined ? undefined : { x: density, y: density, unit: "inch" },
    notes,
  };
}

/** The TIFF block alone: libvips may put the signature of a JPEG's segment before it. */
function exifBlock(exif: Buffer): Buffer {
  const { exif: signature } = SEGMENT_SIGNATURE;
  return hasSignature(exif, signature) ? exif.subarray(signature.length) : exif;
}
