/** The part of a picture that is measured: square tiles, spread over it. */

import { maxValueOf, type Raster } from "../../image/Raster.ts";

/** A piece of a picture, rows top to bottom, values 0–255. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  /**
   * The channel that noise is measured in: its deviation is the channel's own, of luminance it would be less. A
   * sensor has most samples of green, and JPEG thins it out least.
   */
  readonly green: Float32Array;
  /** The values that edges are looked for in: between saturated colours green may have none. */
  readonly luminance: Float32Array;
}

/** Pixels of a tile's side: 1 to 2 ms of measuring. */
const TILE_PX = 128;
/** The most tiles in a row and in a column: a megapixel at most, whatever the picture's size. */
const MAX_TILES = 8;

/**
 * The tiles of a picture: up to 1024 pixels a side they cover it, a larger one they sample. Grey is its own
 * green.
 */
export function* sampleTiles(raster: Raster): Generator<Tile, void, void> {
  const { width, height, channels, data } = raster;
  const scale = 255 / maxValueOf(raster.bitDepth);
  const [second, third] = channels < 3 ? [0, 0] : [1, 2];
  const value = (at: number): number => Math.min(Math.max(scale * data[at]!, 0), 255);
  for (const [top, bottom] of spans(height)) {
    for (const [left, right] of spans(width)) {
      const tile = { width: right - left, height: bottom - top };
      const green = new Float32Array(tile.width * tile.height);
      const luminance = new Float32Array(green.length);
      let to = 0;
      for (let y = top; y < bottom; y++) {
        let from = (y * width + left) * channels;
        for (let x = left; x < right; x++, to++, from += channels) {
          green[to] = value(from + second);
          // Rec. 601.
          luminance[to] = 0.299 * value(from) + 0.587 * green[to]! + 0.114 * value(from + third);
        }
      }
      yield { ...tile, green, luminance };
    }
  }
}

/** Starts and ends of tiles along a side: evenly spread, the first and the last at its ends. */
function* spans(length: number): Generator<readonly [start: number, end: number]> {
  const size = Math.min(TILE_PX, length);
  const count = Math.min(MAX_TILES, Math.ceil(length / TILE_PX));
  for (let i = 0; i < count; i++) {
    const start = count === 1 ? 0 : Math.round((i * (length - size)) / (count - 1));
    yield [start, start + size];
  }
}
