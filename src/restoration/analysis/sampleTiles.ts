/** The part of a picture that is measured: square tiles, spread over it. */

import type { FloatImage } from "../../image/FloatImage.ts";
import { luminance } from "../../image/luminance.ts";
import { maxValueOf, type Raster } from "../../image/Raster.ts";

/** A piece of a picture, rows top to bottom. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  /** The place of its first pixel in the picture. */
  readonly left: number;
  readonly top: number;
  /** As networks read it: RGB, 0–1. */
  readonly colour: FloatImage;
  /**
   * The channel that noise is measured in, 0–255: its deviation is the channel's own, of luminance it would be less. A
   * sensor has most samples of green, and JPEG thins it out least.
   */
  readonly green: Float32Array;
  /** The values that edges are looked for in, 0–255: between saturated colours green may have none. */
  readonly luminance: Float32Array;
}

/** How much of a picture is measured. */
export interface Sampling {
  /** Pixels of a tile's side, or the picture's where that is shorter. */
  readonly tilePx: number;
  /** The most tiles in a row and in a column. */
  readonly maxTiles: number;
}

/**
 * The tiles of a picture: one of up to `tilePx` · `maxTiles` pixels a side they cover, a larger one they sample. Grey
 * is its own red, green and blue.
 */
export function* sampleTiles(raster: Raster, sampling: Sampling): Generator<Tile, void, void> {
  const { width, height, channels, data } = raster;
  const scale = 1 / maxValueOf(raster.bitDepth);
  const [second, third] = channels < 3 ? [0, 0] : [1, 2];
  const value = (at: number): number => Math.min(Math.max(scale * data[at]!, 0), 1);
  for (const [top, bottom] of spans(height, sampling)) {
    for (const [left, right] of spans(width, sampling)) {
      const size = { width: right - left, height: bottom - top };
      const colour = new Float32Array(size.width * size.height * 3);
      const green = new Float32Array(size.width * size.height);
      let to = 0;
      for (let y = top; y < bottom; y++) {
        let from = (y * width + left) * channels;
        for (let x = left; x < right; x++, to++, from += channels) {
          colour[3 * to] = value(from);
          colour[3 * to + 1] = value(from + second);
          colour[3 * to + 2] = value(from + third);
          green[to] = 255 * colour[3 * to + 1]!;
        }
      }
      yield {
        ...size,
        left,
        top,
        colour: { ...size, channels: 3, data: colour },
        green,
        luminance: luminanceOf(colour),
      };
    }
  }
}

/** Luminance by Rec. 601, 0–255. @param colour RGB, 0–1 */
export function luminanceOf(colour: Float32Array): Float32Array {
  const values = new Float32Array(colour.length / 3);
  for (let i = 0; i < values.length; i++) {
    values[i] = 255 * luminance(colour[3 * i]!, colour[3 * i + 1]!, colour[3 * i + 2]!);
  }
  return values;
}

/** Starts and ends of tiles along a side: evenly spread, the first and the last at its ends. */
function* spans(
  length: number,
  { tilePx, maxTiles }: Sampling,
): Generator<readonly [start: number, end: number]> {
  const size = Math.min(tilePx, length);
  const count = Math.min(maxTiles, Math.ceil(length / tilePx));
  for (let i = 0; i < count; i++) {
    const start = count === 1 ? 0 : Math.round((i * (length - size)) / (count - 1));
    yield [start, start + size];
  }
}
