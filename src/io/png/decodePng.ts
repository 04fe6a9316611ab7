/**
 * PNG to raster by pngjs, with the checks that it lacks.
 */
import { inflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { applyOrientation } from "../../image/applyOrientation.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { decoderError } from "../decoding/decoderError.ts";
import { exifOrientation } from "../metadata/exif.ts";
import { normaliseMetadata } from "../metadata/normaliseMetadata.ts";
import { SIGNATURE_BYTES } from "./pngLayout.ts";
import { type PngHeader, readPngHeader } from "./readPngHeader.ts";
import { readPngMetadata } from "./readPngMetadata.ts";

/**
 * Decodes a PNG: all colour types, depths and interlacing. 16 bits stay 16, lower depths become 8,
 * grey stays grey, a palette becomes RGB, and there is alpha only if the file has alpha or tRNS.
 * The eXIf orientation is applied.
 *
 * @param bytes the file, which starts with the PNG signature
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export function decodePng(bytes: Uint8Array, name: string, maxPixels: number): DecodedPixels {
  const header = readPngHeader(bytes, name, maxPixels);
  try {
    checkScanlines(header);
    // Without the other chunks: pngjs fails on a bad gAMA, which says nothing about the pixels.
    const file = Buffer.concat([bytes.subarray(0, SIGNATURE_BYTES), ...header.pixelChunks]);
    const png = PNG.sync.read(file, {
      // readPngHeader has checked them, with better messages.
      checkCRC: false,
      // Would leave depths below 8 at 0-1, 0-3 or 0-15.
      skipRescale: header.bitDepth === 16,
    });
    const raster = pickChannels(png.data, header);
    const { exif, ancillary } = header;
    const orientation = exif === undefined ? 1 : exifOrientation(exif);
    return {
      raster: applyOrientation(raster, orientation),
      metadata: normaliseMetadata(
        { ...readPngMetadata(ancillary), exif },
        orientation,
        raster.channels < 3,
      ),
    };
  } catch (error) {
    throw decoderError(name, "PNG", error);
  }
}

/**
 * Inflates once to see that the scanlines are all there and no more than that.
 *
 * Needed because pngjs 7.0.0 inflates an interlaced picture without a limit (a zip bomb gets
 * through), and because its own synchronous inflate does not notice zlib's errors on current Node
 * versions and takes uninitialised memory for the picture.
 */
function checkScanlines(header: PngHeader): void {
  const raw = inflateSync(Buffer.concat(header.idat), { maxOutputLength: header.rawBytes });
  if (raw.length !== header.rawBytes) {
    throw new Error(`${raw.length} bytes of scanlines, expected ${header.rawBytes}`);
  }
}

/** The channels that the file has, picked from pngjs's RGBA. */
function pickChannels(rgba: ArrayLike<number> & ArrayBufferView, header: PngHeader): Raster {
  const { width, height, colourType } = header;
  const pixels = width * height;
  const grey = colourType === 0 || colourType === 4;
  const hasAlpha = colourType >= 4 || header.transparency !== undefined;
  const channels = grey ? (hasAlpha ? 2 : 1) : hasAlpha ? 4 : 3;
  const bitDepth = header.bitDepth === 16 ? 16 : 8;
  const data =
    bitDepth === 16 ? new Uint16Array(pixels * channels) : new Uint8Array(pixels * channels);
  const key = keyColour(header);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * 4;
    const to = pixel * channels;
    const transparent = key !== undefined && rgba[from + 3] === 0;
    for (let channel = 0; channel < (grey ? 1 : 3); channel++) {
      data[to + channel] = transparent ? key[channel]! : rgba[from + channel]!;
    }
    if (hasAlpha) data[to + channels - 1] = rgba[from + 3]!;
  }
  return { width, height, channels, bitDepth, data };
}

/** The one colour that tRNS makes transparent, at the raster's depth; pngjs turns it black. */
function keyColour({ colourType, bitDepth, transparency }: PngHeader): number[] | undefined {
  if (transparency === undefined || (colourType !== 0 && colourType !== 2)) return undefined;
  const view = new DataView(transparency.buffer, transparency.byteOffset, transparency.byteLength);
  const scale = bitDepth === 16 ? 1 : 255 / (2 ** bitDepth - 1);
  const samples = colourType === 0 ? [0] : [0, 1, 2];
  return samples.map((sample) => Math.round(view.getUint16(sample * 2) * scale));
}
