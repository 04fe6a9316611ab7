/**
 * Raster to PNG, over zlib's deflate.
 */
import { endianness } from "node:os";
import { deflateSync } from "node:zlib";
import { checkRaster, type Raster } from "../../image/Raster.ts";
import { toDepth } from "../../image/toDepth.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { filterScanlines } from "./filterScanlines.ts";
import { PAETH } from "./paeth.ts";
import { pngChunk } from "./pngChunk.ts";
import { IHDR_BYTES, PNG_SIGNATURE } from "./pngLayout.ts";
import { writePngMetadata } from "./writePngMetadata.ts";

const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** Bytes of an IDAT chunk: a chunk has 2^31 - 1 at most. */
const MAX_IDAT_BYTES = 2 ** 30;
/** Bytes that zlib is given room for at a time. */
const CHUNK_BYTES = 2 ** 18;

/**
 * Encodes a PNG with the raster's own channels and depth.
 *
 * @param raster 1-4 channels; 8 and 16 bits are kept, float becomes 16, the most that PNG has
 * @param metadata written where PNG has a place for it
 * @param stored without compression, for a reader that takes it at once
 * @returns the file's bytes
 * @throws NafnetError INVALID_ARGUMENT when the raster is inconsistent or has NaN
 * @example
 * await writeFileAtomic("sharp.png", encodePng(raster));
 */
export function encodePng(raster: Raster, metadata: Metadata = {}, stored = false): Uint8Array {
  checkRaster(raster);
  const bitDepth = raster.bitDepth === 8 ? 8 : 16;
  const { width, height, channels, data } = toDepth(raster, bitDepth);
  const ihdr = Buffer.alloc(IHDR_BYTES);
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(height, 4);
  ihdr.set([bitDepth, COLOUR_TYPES[channels]], 8); // then 0, 0, 0: deflate, adaptive filters, no interlacing
  const pixelBytes = (channels * bitDepth) / 8;
  // Measured on a 1280x720 photo: Paeth alone gives the very bytes that trying all five gives.
  const filter = stored ? 0 : PAETH;
  const lines = filterScanlines(bytesOf(data), width * pixelBytes, pixelBytes, filter);
  // Level 4 with zlib's default strategy: 71 ms and 1081 kB, against 50 ms and 1119 kB for run lengths only,
  // 179 ms and 1036 kB at level 6, 820 ms and 1019 kB at 9.
  const packed = deflateSync(lines, { level: stored ? 0 : 4, chunkSize: CHUNK_BYTES });
  const idats: Uint8Array[][] = [];
  for (let at = 0; at < packed.length; at += MAX_IDAT_BYTES) {
    idats.push(pngChunk("IDAT", packed.subarray(at, at + MAX_IDAT_BYTES)));
  }
  return Buffer.concat([
    Buffer.from(PNG_SIGNATURE, "latin1"),
    ...pngChunk("IHDR", ihdr),
    ...writePngMetadata(metadata, channels < 3),
    ...idats.flat(),
    ...pngChunk("IEND"),
  ]);
}

/** The samples as PNG has them, those of 16 bits high byte first. */
function bytesOf(data: Raster["data"]): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.BYTES_PER_ELEMENT === 1 || endianness() === "BE") return bytes;
  return Buffer.from(bytes).swap16();
}
