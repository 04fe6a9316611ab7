/**
 * JPEG to raster: by libjpeg-turbo, or by jpeg-js where that does not convert the colours.
 */
import { NafnetError } from "../../base/errors.ts";
import { applyOrientation } from "../../image/applyOrientation.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { exifOrientation } from "../metadata/exif.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { normaliseMetadata } from "../metadata/normaliseMetadata.ts";
import { decodeWithJpegJs } from "./decodeWithJpegJs.ts";
import { estimateQuality } from "./estimateQuality.ts";
import { decodeWithLibjpegTurbo, type JpegPixels } from "./libjpegTurbo.ts";
import { EOI, MARKER } from "./markers.ts";
import { type JpegHeader, readJpegHeader } from "./readJpegHeader.ts";
import { readJpegMetadata } from "./readJpegMetadata.ts";
import { rebuildJpeg } from "./rebuildJpeg.ts";

/**
 * Blocks times scans that jpeg-js is given: it takes about 1 µs for each. 24 megapixels in 10 scans have
 * 11 million.
 */
const MAX_JPEG_JS_VISITS = 2 ** 24;

/**
 * Decodes a JPEG: baseline, extended and progressive with 8 bits. Grey stays grey, all else becomes
 * RGB; CMYK and YCCK are converted without their profile. The EXIF orientation is applied.
 *
 * @param bytes the file, which starts with SOI
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  name: string,
  maxPixels: number,
): Promise<DecodedPixels> {
  const header = readJpegHeader(bytes, name, maxPixels);
  const read = metadataOf(header, bytes.subarray(header.lastScan));
  const orientation = read.exif === undefined ? 1 : exifOrientation(read.exif);
  const raster = await decodePixelData(bytes, header, name);
  return {
    raster: applyOrientation(raster, orientation),
    metadata: normaliseMetadata(read, orientation, raster.channels === 1),
  };
}

/** @param rest of the file, from the last scan's data on: where the picture's end is missing, they go on to what follows */
function metadataOf(header: JpegHeader, rest: Uint8Array): Metadata {
  const read = readJpegMetadata(header.segments);
  const quality = header.quantisation && estimateQuality(header.quantisation);
  const notes = [...read.notes];
  if (hasVideo(rest)) notes.push("The video behind the picture, of a motion photo, is left out.");
  if (header.components.length !== 4) return { ...read, quality, notes };
  notes.push(
    "The picture was CMYK and is now RGB, converted without a colour profile; " +
      "its own is for CMYK and is left out.",
  );
  return { ...read, quality, icc: undefined, notes };
}

/** Tells an MP4 by its first box: its size, below 256, and its type. */
function hasVideo(bytes: Uint8Array): boolean {
  const type = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("ftyp");
  return type >= 4 && bytes.subarray(type - 4, type - 1).every((byte) => byte === 0);
}

/**
 * The pixels as stored. libjpeg-turbo has the same warning for a cut-off picture and for harmless bytes between
 * its parts: then the picture's codes are counted, and it is given nothing but them. jpeg-js comes last.
 */
async function decodePixelData(
  bytes: Uint8Array,
  header: JpegHeader,
  name: string,
): Promise<Raster> {
  const { width, height, components } = header;
  const tooMuch = header.blocks * header.scans > MAX_JPEG_JS_VISITS;
  if (components.length === 4) {
    if (!tooMuch) return decodeWithJpegJs(rebuildJpeg(bytes, header, name), header, name);
    throw new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: ${header.scans} scans over a CMYK picture of ${width}x${height} are more work than ` +
        `the limit; save it as RGB or with fewer scans`,
    );
  }
  const pixels = await decodeWithLibjpegTurbo(upToEnd(bytes, header));
  if (pixels !== undefined) return checked(pixels, header, name);
  const rebuilt = rebuildJpeg(bytes, header, name);
  const again = await decodeWithLibjpegTurbo(rebuilt(knownTransform(header)));
  if (again !== undefined) return checked(again, header, name);
  if (!tooMuch) return decodeWithJpegJs(rebuilt, header, name);
  throw new NafnetError("INPUT_CORRUPT", `${name}: the JPEG is damaged`);
}

/** The file without what follows the picture, such as a video, and with EOI. */
function upToEnd(bytes: Uint8Array, { end }: JpegHeader): Uint8Array {
  return bytes[end] === 0xff && bytes[end + 1] === MARKER.EOI
    ? bytes.subarray(0, end + EOI.length)
    : Buffer.concat([bytes.subarray(0, end), EOI]);
}

/** The Adobe segment's transform for three components: libjpeg takes any but 0 for YCbCr, those above 1 with a warning. */
function knownTransform({ adobeTransform }: JpegHeader): number | undefined {
  return adobeTransform === undefined ? undefined : Math.min(adobeTransform, 1);
}

function checked(pixels: JpegPixels, header: JpegHeader, name: string): Raster {
  const { width, height, components } = header;
  if (pixels.width !== width || pixels.height !== height || pixels.channels !== components.length) {
    throw new NafnetError(
      "INPUT_CORRUPT",
      `${name}: JPEG has a frame of ${pixels.width}x${pixels.height} beside that of ` +
        `${width}x${height}: damaged`,
    );
  }
  return { ...pixels, bitDepth: 8 };
}
