import type { Raster } from "../../image/Raster.ts";
import type { PngHeader } from "./readPngHeader.ts";

/** A PNG's pixels as a raster has them, and the way there. */
export interface PixelFormat {
  readonly channels: Raster["channels"];
  readonly bitDepth: 8 | 16;
  /**
   * Makes pixels of a row of the file.
   *
   * @param row the row's bytes, without filter
   * @param columns its pixels
   * @returns the raster's samples, those of 16 bits high byte first; good until the next call
   */
  readonly pixelsOf: (row: Uint8Array, columns: number) => Uint8Array;
}

/** Channels of the raster without a tRNS chunk, and with one. */
const CHANNELS = { 0: [1, 2], 2: [3, 4], 3: [3, 4], 4: [2, 2], 6: [4, 4] } as const;

/**
 * Tells how a PNG's rows become pixels: 16 bits stay 16, lower depths become 8, grey stays grey, a palette
 * becomes RGB, and there is alpha where the file has alpha or tRNS.
 * PNG third edition, sections 13.12 (lower depths) and 11.3.1.1 (tRNS).
 */
export function pixelFormat(header: PngHeader): PixelFormat {
  const { bitDepth, colourType, transparency, width } = header;
  const channels = CHANNELS[colourType][transparency === undefined ? 0 : 1];
  const depth = bitDepth === 16 ? 16 : 8;
  if (transparency === undefined && colourType !== 3 && bitDepth >= 8) {
    return { channels, bitDepth: depth, pixelsOf: (row) => row };
  }
  const out = new Uint8Array((width * channels * depth) / 8);
  const pixelsOf =
    bitDepth <= 8 && colourType !== 2
      ? byTable(pixelTable(header, channels), channels, bitDepth, out)
      : byColourKey(colourKey(header), depth / 8, out);
  return { channels, bitDepth: depth, pixelsOf };
}

/** The pixel of each value that a single sample can have. */
function pixelTable(header: PngHeader, channels: number): Uint8Array {
  const { bitDepth, colourType, palette, transparency } = header;
  const values = 2 ** bitDepth;
  const table = new Uint8Array(values * channels); // black past the palette, as libpng has it
  const key = transparency && colourType === 0 ? colourKey(header)[0] : undefined;
  for (let value = 0; value < values; value++) {
    const colour =
      colourType === 3
        ? palette.subarray(value * 3, value * 3 + 3)
        : [(value * 255) / (values - 1)];
    table.set(colour, value * channels);
    if (transparency === undefined) continue;
    const alpha = colourType === 3 ? (transparency[value] ?? 255) : value === key ? 0 : 255;
    table[value * channels + channels - 1] = alpha;
  }
  return table;
}

function byTable(
  table: Uint8Array,
  channels: number,
  bitDepth: number,
  out: Uint8Array,
): PixelFormat["pixelsOf"] {
  const mask = 2 ** bitDepth - 1;
  return (row, columns) => {
    for (let x = 0, to = 0; x < columns; x++) {
      const bit = x * bitDepth;
      const value = (row[bit >>> 3]! >> (8 - bitDepth - (bit & 7))) & mask;
      for (let from = value * channels, end = from + channels; from < end; ) {
        out[to++] = table[from++]!;
      }
    }
    return out.subarray(0, columns * channels);
  };
}

/**
 * The colour that tRNS makes transparent, as bytes of a pixel. Of its 16 bits a sample only those count that
 * the pixels have.
 */
function colourKey({ bitDepth, transparency = new Uint8Array() }: PngHeader): Uint8Array {
  if (bitDepth === 16) return transparency;
  return transparency.filter((_, at) => at % 2 === 1).map((low) => low & (2 ** bitDepth - 1));
}

function byColourKey(
  key: Uint8Array,
  sampleBytes: number,
  out: Uint8Array,
): PixelFormat["pixelsOf"] {
  const keyBytes = key.length;
  return (row, columns) => {
    for (let x = 0, from = 0, to = 0; x < columns; x++) {
      let same = true;
      for (let at = 0; at < keyBytes; at++) {
        const value = row[from++]!;
        same &&= value === key[at];
        out[to++] = value;
      }
      for (let at = 0; at < sampleBytes; at++) out[to++] = same ? 0 : 255;
    }
    return out.subarray(0, columns * (keyBytes + sampleBytes));
  };
}
