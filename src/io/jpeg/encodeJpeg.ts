/**
 * Raster to JPEG by libjpeg-turbo.
 */
import { invalidArgument } from "../../base/errors.ts";
import { checkRaster, type Raster } from "../../image/Raster.ts";
import { toDepth } from "../../image/toDepth.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { encodeWithLibjpegTurbo, JFIF_SEGMENT_BYTES } from "./libjpegTurbo.ts";
import { SOI_BYTES } from "./markers.ts";
import { writeJpegMetadata } from "./writeJpegMetadata.ts";

/** Pixels of a side: JPEG's sizes have 16 bits. */
const MAX_JPEG_SIDE = 65535;

/**
 * Encodes a baseline JPEG with full chroma resolution (4:4:4), grey with one component. JPEG has no alpha:
 * the picture is flattened onto white. It has 8 bits: more are rounded.
 *
 * @param raster any channels and depth
 * @param quality integer 1-100, as in libjpeg
 * @param metadata written where JPEG has a place for it
 * @returns the file's bytes
 * @throws NafnetError INVALID_ARGUMENT when the raster is inconsistent, has NaN or a side above 65535
 * @example
 * await writeFileAtomic("sharp.jpg", await encodeJpeg(raster, 92));
 */
export async function encodeJpeg(
  raster: Raster,
  quality: number,
  metadata: Metadata = {},
): Promise<Uint8Array> {
  checkRaster(raster);
  const { width, height } = raster;
  if (width > MAX_JPEG_SIDE || height > MAX_JPEG_SIDE) {
    throw invalidArgument(
      "JPEG",
      `sides of at most ${MAX_JPEG_SIDE}`,
      `${width}x${height}`,
      "save it as PNG",
    );
  }
  const { channels, data } = flatten(toDepth(raster, 8));
  const file = await encodeWithLibjpegTurbo({ width, height, channels, data }, quality);
  return Buffer.concat([
    file.subarray(0, SOI_BYTES),
    writeJpegMetadata(metadata),
    file.subarray(SOI_BYTES + JFIF_SEGMENT_BYTES),
  ]);
}

/** 8-bit grey or RGB, with transparent pixels over white. */
function flatten({ width, height, channels, data }: Raster): {
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
} {
  const colours = channels < 3 ? 1 : 3;
  if (channels === colours) return { channels: colours, data: Uint8Array.from(data) };
  const out = new Uint8Array(width * height * colours);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const alpha = data[from + colours]! / 255;
    for (let channel = 0; channel < colours; channel++) {
      out[pixel * colours + channel] = Math.round(
        data[from + channel]! * alpha + 255 * (1 - alpha),
      );
    }
  }
  return { channels: colours, data: out };
}
