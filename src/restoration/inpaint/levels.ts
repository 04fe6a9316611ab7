/** Levels of a mask's pixels, 0 to 65535, how often each comes, and which of them are above a threshold. */

import { chunks, type Interruptible } from "../../base/interruptible.ts";
import { maxValueOf, type Raster } from "../../image/Raster.ts";

/** The level of white, and of what is opaque. */
const WHITE = 65535;

/** Half of white. */
export const HALF: number = WHITE / 2;

/** If the largest level is below this, several levels are noise around black; two are a mask of zeros and ones. */
const NOISE = WHITE / 16;

/** How many pixels have each level. */
export type Histogram = Uint32Array;

/** The largest of red, green and blue of each pixel; or its alpha, of a raster that has some. */
export function* levelsOf(
  { channels, bitDepth, data }: Raster,
  of: "colour" | "alpha",
): Interruptible<Uint16Array> {
  const scale = WHITE / maxValueOf(bitDepth);
  const [first, last] = of === "alpha" ? [channels - 1, channels - 1] : [0, channels < 3 ? 0 : 2];
  const levels = new Uint16Array(data.length / channels);
  for (const [start, end] of chunks(levels.length)) {
    for (let pixel = start; pixel < end; pixel++) {
      let largest = data[pixel * channels + first]!;
      for (let c = first + 1; c <= last; c++) {
        const value = data[pixel * channels + c]!;
        if (value > largest) largest = value;
      }
      levels[pixel] = Math.min(WHITE, Math.max(0, Math.round(largest * scale))); // floats may exceed 0–1
    }
    yield;
  }
  return levels;
}

/** @param among 1 for the pixels that count; undefined: all */
export function* histogramOf(
  levels: Uint16Array,
  among: Uint8Array | undefined,
): Interruptible<Histogram> {
  const histogram = new Uint32Array(WHITE + 1);
  for (const [start, end] of chunks(levels.length)) {
    for (let i = start; i < end; i++) {
      if (among === undefined || among[i] === 1) histogram[levels[i]!]!++;
    }
    yield;
  }
  return histogram;
}

/**
 * The level from which on pixels are light: half of the lightest. Half of white where none is so much darker than
 * the lightest, or all are black but for noise.
 */
export function thresholdOf(histogram: Histogram): number {
  const least = histogram.findIndex((pixels) => pixels > 0);
  const most = histogram.findLastIndex((pixels) => pixels > 0);
  const isNoise = most < NOISE && pixelsIn(histogram, least + 1, most) > 0;
  return most === 0 || least * 2 > most || isNoise ? HALF : most / 2;
}

/** The share of pixels that are neither dark nor nearly as light as the lightest. */
export function middleShareOf(histogram: Histogram): number {
  const most = histogram.findLastIndex((pixels) => pixels > 0);
  const middle = pixelsIn(histogram, most / 8, (most * 7) / 8);
  return middle / pixelsIn(histogram, 0, WHITE + 1);
}

/** How many pixels have a level from `start` to below `end`. */
export function pixelsIn(histogram: Histogram, start: number, end: number): number {
  let sum = 0;
  for (let level = Math.ceil(start); level < end; level++) sum += histogram[level]!;
  return sum;
}

/** 1 for the pixels among those that count whose level is the threshold or above, 0 for others. */
export function* aboveThreshold(
  levels: Uint16Array,
  threshold: number,
  among: Uint8Array | undefined,
): Interruptible<Uint8Array> {
  const above = new Uint8Array(levels.length);
  for (const [start, end] of chunks(levels.length)) {
    for (let i = start; i < end; i++) {
      if (levels[i]! >= threshold && (among === undefined || among[i] === 1)) above[i] = 1;
    }
    yield;
  }
  return above;
}
