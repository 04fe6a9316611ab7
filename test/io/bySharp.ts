import sharp from "sharp";
import { expect } from "vitest";
import type { Raster } from "../../src/image/Raster.ts";

/** The picture by sharp, in the channels and depth of ours. */
export async function bySharp(file: Uint8Array, { channels, bitDepth }: Raster): Promise<Buffer> {
  const deep = bitDepth === 16;
  // sharp drops the alpha of 8-bit grey: as RGBA it keeps it.
  const asRgb = channels === 2 && !deep;
  const grey = channels < 3 && !asRgb;
  const { data, info } = await sharp(file)
    .toColourspace(grey ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb")
    .raw({ depth: deep ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(asRgb ? 4 : channels);
  return asRgb ? Buffer.from(data.filter((_, at) => at % 4 === 0 || at % 4 === 3)) : data;
}
