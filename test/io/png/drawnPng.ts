/** PNGs of every colour type and depth, put together from samples without the library's own code. */
import { deflateSync } from "node:zlib";
import type { Raster } from "../../../src/image/Raster.ts";
import { PNG_SIGNATURE, pngChunk, random } from "../fixtures.ts";

/** Every pair of colour type and bit depth that PNG has. */
export const KINDS: readonly (readonly [colourType: number, bitDepth: number])[] = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
];

/** Start and step of Adam7's passes: x, y, dx, dy. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A picture and its file's parts. */
export interface DrawnPng {
  readonly colourType: number;
  readonly bitDepth: number;
  readonly width: number;
  readonly height: number;
  /** Samples of each pixel. */
  readonly pixels: readonly (readonly number[])[];
  /** Red, green and blue of each entry, for colour type 3. */
  readonly palette: readonly (readonly number[])[];
  /** Filtered scanlines. */
  readonly raw: Buffer;
  readonly ihdr: Buffer;
  readonly plte: readonly Buffer[];
}

/** Draws random samples and packs them, each row with another filter. */
export function drawPng(
  colourType: number,
  bitDepth: number,
  interlaced: boolean,
  [width, height]: readonly [number, number] = [19, 11],
): DrawnPng {
  const next = random(1 + colourType * 100 + bitDepth);
  const below = (end: number): number => Math.floor(next() * end);
  const entries = 2 ** Math.min(bitDepth, 8);
  const palette =
    colourType === 3
      ? Array.from({ length: entries }, () => [below(256), below(256), below(256)])
      : [];
  const pixels = Array.from({ length: width * height }, () =>
    Array.from({ length: SAMPLES[colourType]! }, () => below(2 ** bitDepth)),
  );
  const raw: Buffer[] = [];
  for (const [x0, y0, dx, dy] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    let above: Buffer | undefined;
    for (let y = y0!; y < height && x0! < width; y += dy!) {
      const row: number[] = [];
      for (let x = x0!; x < width; x += dx!) row.push(...pixels[y * width + x]!);
      const bytes = packed(row, bitDepth);
      const step = Math.max(1, (SAMPLES[colourType]! * bitDepth) / 8);
      raw.push(filtered(raw.length % 5, bytes, above ?? Buffer.alloc(bytes.length), step));
      above = bytes;
    }
  }
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(height, 4);
  ihdr.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  return {
    ...{ colourType, bitDepth, width, height, pixels, palette, raw: Buffer.concat(raw) },
    ihdr: pngChunk("IHDR", ihdr),
    plte: colourType === 3 ? [pngChunk("PLTE", Buffer.from(palette.flat()))] : [],
  };
}

function packed(samples: readonly number[], bitDepth: number): Buffer {
  const bits = samples.map((sample) => sample.toString(2).padStart(bitDepth, "0")).join("");
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2)));
}

function filtered(filter: number, row: Buffer, above: Buffer, step: number): Buffer {
  const line = row.map((value, at) => {
    const a = row[at - step] ?? 0;
    const b = above[at]!;
    const c = above[at - step] ?? 0;
    const p = a + b - c;
    const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
    const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    return value - [0, a, b, Math.floor((a + b) / 2), paeth][filter]!;
  });
  return Buffer.concat([Buffer.of(filter), line]);
}

/** What a decoder is to make of it. @param alphaOf a pixel's alpha, 0 or more, of the raster's depth */
export function expectedRaster(
  { colourType, bitDepth, width, height, pixels, palette }: DrawnPng,
  alphaOf?: (pixel: readonly number[]) => number,
): Raster {
  const scale = bitDepth < 8 && colourType === 0 ? 255 / (2 ** bitDepth - 1) : 1;
  const values = pixels.flatMap((pixel) => [
    ...(colourType === 3 ? (palette[pixel[0]!] ?? [0, 0, 0]) : pixel.map((value) => value * scale)),
    ...(alphaOf === undefined ? [] : [alphaOf(pixel)]),
  ]);
  const data = bitDepth === 16 ? Uint16Array.from(values) : Uint8Array.from(values);
  const channels = (values.length / width / height) as Raster["channels"];
  return { width, height, channels, bitDepth: bitDepth === 16 ? 16 : 8, data };
}

/** Parts of a file that differ from the right ones. */
export interface Oddities {
  /** Before IDAT, after the palette. */
  readonly before?: readonly Uint8Array[];
  /** Instead of IHDR, palette, IDAT, IEND. */
  readonly plte?: readonly Uint8Array[];
  readonly idat?: readonly Uint8Array[];
  readonly after?: readonly Uint8Array[];
  readonly iend?: Uint8Array;
}

/** The file, odd where it is asked for. */
export function pngFile(drawn: DrawnPng, odd: Oddities = {}): Buffer {
  return Buffer.concat([
    ...[PNG_SIGNATURE, drawn.ihdr, ...(odd.plte ?? drawn.plte), ...(odd.before ?? [])],
    ...(odd.idat ?? [pngChunk("IDAT", deflateSync(drawn.raw))]),
    ...[...(odd.after ?? []), odd.iend ?? pngChunk("IEND", Buffer.alloc(0))],
  ]);
}

/** A chunk with a wrong CRC. */
export function spoilt(type: string, content: Uint8Array): Buffer {
  const chunk = pngChunk(type, content);
  chunk[chunk.length - 1]! ^= 1;
  return chunk;
}
