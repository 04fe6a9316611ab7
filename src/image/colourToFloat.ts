/**
 * A raster's colour as the float RGB that the networks read.
 */

import { chunks, type Interruptible, runSync } from "../base/interruptible.ts";
import { maxValueOf, type Raster } from "./Raster.ts";

/**
 * The colour as float32 RGB: integers divided by their largest value, grey in all three channels,
 * alpha left out.
 *
 * @param raster any channels and depth; float values outside of 0-1 are clamped
 * @returns Float32Array [height, width, 3], a fresh copy
 * @example
 * colourToFloat({ width: 1, height: 1, channels: 1, bitDepth: 8, data: new Uint8Array([51]) });
 * // Float32Array [0.2, 0.2, 0.2]
 */
export function colourToFloat(raster: Raster): Float32Array {
  return runSync(colourToFloatChunks(raster));
}

/** {@link colourToFloat} as an interruptible computation, for large pictures. */
export function* colourToFloatChunks(raster: Raster): Interruptible<Float32Array> {
  const { width, height, channels, data } = raster;
  const max = maxValueOf(raster.bitDepth);
  const pixels = width * height;
  const out = new Float32Array(pixels * 3);
  const green = channels < 3 ? 0 : 1;
  const blue = channels < 3 ? 0 : 2;
  for (const [start, end] of chunks(pixels)) {
    for (let pixel = start; pixel < end; pixel++) {
      const from = pixel * channels;
      const to = pixel * 3;
      out[to] = data[from]! / max;
      out[to + 1] = data[from + green]! / max;
      out[to + 2] = data[from + blue]! / max;
    }
    if (raster.bitDepth === 32) {
      for (let at = start * 3; at < end * 3; at++) out[at] = Math.min(Math.max(out[at]!, 0), 1);
    }
    yield;
  }
  return out;
}
