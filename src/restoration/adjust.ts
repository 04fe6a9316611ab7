/** Strength and detail: a result blended with the picture it was made from, without the network. */

import { invalidArgument, quoted } from "../base/errors.ts";
import type { Interruptible } from "../base/interruptible.ts";
import { maxValueOf, type Raster } from "../image/Raster.ts";

/** Adjustments of a result. */
export interface Adjustments {
  /** The result's share, 0–1; 0 is the picture as it was. @default 1 */
  readonly strength?: number | undefined;
  /**
   * The share of the picture's own fine detail that is given back, 0–1: of what was taken away, the part that
   * a Gaussian of sigma 1.5 pixels blurs away. After denoising that is texture, and the finest grain; after
   * deblurring it takes back the finest of the sharpening. @default 0
   */
  readonly detail?: number | undefined;
}

/** The adjustments of a result with their defaults filled in, for its receipt. */
export interface Adjusted {
  /** See {@link Adjustments.strength}. */
  readonly strength: number;
  /** See {@link Adjustments.detail}. */
  readonly detail: number;
}

/**
 * Weights of a Gaussian of sigma 1.5 pixels, the middle and those 1 to 4 pixels from it; beyond is 0.8 % of the
 * weight. What is finer than about 6 pixels from one line to the next counts as detail.
 */
const KERNEL: readonly [number, number, number, number, number] = [
  0.2666, 0.2134, 0.1096, 0.0361, 0.0076,
];
const RADIUS_PX = 4;
/** Values that a row is padded with at each end. */
const MARGIN = 3 * RADIUS_PX;
/** Values worked on between two turns of the event loop: some 10 ms. */
const VALUES_PER_CHUNK = 2 ** 18;

/** @throws NafnetError `INVALID_ARGUMENT` */
export function checkAdjustments({ strength = 1, detail = 0 }: Adjustments): Adjusted {
  for (const [name, value] of Object.entries({ strength, detail })) {
    if (typeof value === "number" && value >= 0 && value <= 1) continue;
    throw invalidArgument(name, "a number 0–1", quoted(value));
  }
  return { strength, detail };
}

/**
 * The adjusted result. With r = source − result, what restoration took away, and G the Gaussian:
 * source − strength · ((1 − detail) · r + detail · G r).
 *
 * @param result float32 [height, width, 3]; only read
 * @param source the picture that it was made from, any channels and depth
 * @returns a new array, but the result itself where nothing is to be adjusted
 */
export function* adjust(
  result: Float32Array,
  source: Raster,
  { strength, detail }: Adjusted,
): Interruptible<Float32Array> {
  if (strength === 1 && detail === 0) return result;
  const { width, height } = source;
  const length = width * 3;
  const out = new Float32Array(result.length);
  const sourceRow = new Float32Array(length);
  const smooth = new Float32Array(length);
  // The rows of r, blurred along themselves, that a row of G r needs: by their number modulo the ring's length.
  const ring = Array.from({ length: 2 * RADIUS_PX + 1 }, () => new Float32Array(length));
  const padded = new Float32Array(length + 2 * MARGIN);
  const neighbours = ring.map((_, k) => padded.subarray(3 * k, 3 * k + length));
  let ready = 0;
  const rowsPerChunk = Math.max(1, Math.floor(VALUES_PER_CHUNK / length));
  for (let y = 0; y < height; y++) {
    if (detail > 0) {
      for (; ready <= Math.min(y + RADIUS_PX, height - 1); ready++) {
        readRow(source, ready, sourceRow);
        for (let i = 0; i < length; i++)
          padded[MARGIN + i] = sourceRow[i]! - result[ready * length + i]!;
        replicateEnds(padded);
        convolve(neighbours, ring[ready % ring.length]!);
      }
      const rows = ring.map((_, k) => {
        const row = Math.min(Math.max(y + k - RADIUS_PX, 0), height - 1);
        return ring[row % ring.length]!;
      });
      convolve(rows, smooth);
    }
    readRow(source, y, sourceRow);
    for (let i = 0, at = y * length; i < length; i++, at++) {
      const before = sourceRow[i]!;
      out[at] = before - strength * ((1 - detail) * (before - result[at]!) + detail * smooth[i]!);
    }
    if (y % rowsPerChunk === 0) yield;
  }
  return out;
}

/** Reads a row as RGB of 0–1. */
function readRow({ width, channels, bitDepth, data }: Raster, y: number, to: Float32Array): void {
  const max = maxValueOf(bitDepth);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  let from = y * width * channels;
  for (let i = 0; i < to.length; i += 3, from += channels) {
    to[i] = data[from]! / max;
    to[i + 1] = data[from + green]! / max;
    to[i + 2] = data[from + blue]! / max;
  }
}

/** Fills a row's margins with its first and its last pixel. */
function replicateEnds(padded: Float32Array): void {
  const end = padded.length - MARGIN;
  for (let i = 0; i < MARGIN; i++) {
    padded[i] = padded[MARGIN + (i % 3)]!;
    padded[end + i] = padded[end - 3 + (i % 3)]!;
  }
}

/** Applies the kernel over nine lines, value by value; written out, it takes half the time. */
function convolve(lines: readonly Float32Array[], to: Float32Array): void {
  const [a, b, c, d, e, f, g, h, i] = lines; // as many as the kernel has weights
  const [k0, k1, k2, k3, k4] = KERNEL;
  for (let n = 0; n < to.length; n++) {
    to[n] =
      k0 * e![n]! +
      k1 * (d![n]! + f![n]!) +
      k2 * (c![n]! + g![n]!) +
      k3 * (b![n]! + h![n]!) +
      k4 * (a![n]! + i![n]!);
  }
}
