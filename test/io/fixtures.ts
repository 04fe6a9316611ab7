/** The pictures that tools/parity/images.py wrote, and helpers to make bad ones. */
import { readFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { NafnetError } from "../../src/base/errors.ts";
import type { Raster } from "../../src/image/Raster.ts";

export interface FixtureEntry {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bitDepth: number;
  /** PNG: of the samples, 16 bits little-endian */
  readonly sha256?: string;
  /** JPEG: base64 of the samples */
  readonly pixels?: string;
}

const folder = new URL("../fixtures/images/", import.meta.url);

export const fixtureUrl = (file: string): URL => new URL(file, folder);
export const readFixture = (file: string): Buffer => readFileSync(fixtureUrl(file));
export const fixtures: readonly FixtureEntry[] = JSON.parse(
  readFixture("manifest.json").toString(),
).entries;

export function bytesOf({ data }: Raster): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The NafnetError that a call throws; fails on anything else. */
export { errorOf as nafnetErrorOf } from "../support/errors.ts";

/** The NafnetError that an asynchronous call ends with; fails on anything else. */
export async function rejectionOf(call: () => unknown): Promise<NafnetError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof NafnetError) return error;
    throw error;
  }
  throw new Error("expected a NafnetError but nothing was thrown");
}

export const PNG_SIGNATURE: Buffer = Buffer.from("89504e470d0a1a0a", "hex");

export function pngChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(content.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

export interface PngParts {
  width?: number;
  height?: number;
  depth?: number;
  colour?: number;
  interlace?: number;
  /** Contents of the single IDAT. */
  idat?: Uint8Array;
  /** Chunks between IHDR and IDAT. */
  extra?: readonly Uint8Array[];
}

/** A PNG of the given parts; by default a correct 2x2 RGB one. */
export function makePng(parts: PngParts = {}): Buffer {
  const { width = 2, height = 2, depth = 8, colour = 2, interlace = 0, extra = [] } = parts;
  const idat = parts.idat ?? deflateSync(Buffer.alloc(2 * (1 + 2 * 3)));
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(height, 4);
  ihdr.set([depth, colour, 0, 0, interlace], 8);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk("IHDR", ihdr),
    ...extra,
    pngChunk("IDAT", idat),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Numbers 0-1 from a seed: mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
