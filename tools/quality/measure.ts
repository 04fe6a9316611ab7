/**
 * Measures weights on the benchmark pictures: PSNR before and after, RGB, on values rounded to 8 bits,
 * mean over the pictures. Noise as in the PyTorch figures: seeded anew for each picture, added to values
 * 0–1, neither clipped nor rounded before the network.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../src/engine/Engine.ts";
import { colourToFloat } from "../../src/image/colourToFloat.ts";
import { quantize } from "../../src/image/quantize.ts";
import type { Raster } from "../../src/image/Raster.ts";
import { readImage } from "../../src/io/readImage.ts";
import { psnr } from "../../src/metrics/index.ts";
import { gaussianBlur } from "./gaussianBlur.ts";
import { NumpyRandom } from "./numpyRandom.ts";

/** One line of the table. */
export interface Measurement {
  readonly pictures: string;
  readonly count: number;
  /** Mean PSNR of the damaged pictures, dB. */
  readonly before: number;
  /** Mean PSNR of the restored pictures, dB. */
  readonly after: number;
}

/** A damaged picture and its original. */
interface Pair {
  readonly damaged: Raster;
  readonly truth: Raster;
}

/** A line of the table still to be measured; pictures are read one at a time. */
export interface Benchmark {
  readonly pictures: string;
  readonly pairs: ReadonlyArray<() => Promise<Pair>>;
}

/** Kodak's pictures with Gaussian noise. @param data the folder with bench/ in it */
export async function noiseBenchmark(data: string, sigma: number): Promise<Benchmark> {
  const files = await pngs(join(data, "bench", "kodak24"));
  return {
    pictures: `kodak24, Gaussian noise of sigma ${sigma}`,
    pairs: files.map((file) => () => damagedBy(file, (truth) => addNoise(truth, sigma))),
  };
}

/** Every second of the first eight Kodak pictures, blurred. */
export async function blurBenchmark(data: string, sigma: number): Promise<Benchmark> {
  const files = (await pngs(join(data, "bench", "kodak24"))).slice(0, 8);
  return {
    pictures: `kodak24 (every second of the first 8), Gaussian blur of sigma ${sigma}`,
    pairs: files
      .filter((_, i) => i % 2 === 0)
      .map((file) => () => damagedBy(file, (truth) => gaussianBlur(truth, sigma))),
  };
}

/** Frames of a GoPro camera, blurred by averaging. */
export async function motionBenchmark(data: string): Promise<Benchmark> {
  const files = await pngs(join(data, "bench", "gopro"));
  return {
    pictures: "gopro, recorded motion",
    pairs: files
      .filter((file) => file.endsWith(".blur.png"))
      .map((file) => async () => ({
        damaged: (await readImage(file)).raster,
        truth: (await readImage(file.replace(".blur.png", ".sharp.png"))).raster,
      })),
  };
}

/** @param plan see openPlan.ts */
export async function measure(plan: Plan, benchmark: Benchmark): Promise<Measurement> {
  let before = 0;
  let after = 0;
  for (const pair of benchmark.pairs) {
    const { damaged, truth } = await pair();
    before += psnr(truth, eightBits(damaged));
    const { width, height } = damaged;
    const { data } = await plan.run({ width, height, channels: 3, data: floatsOf(damaged) });
    after += psnr(truth, { width, height, channels: 3, bitDepth: 8, data: quantize(data, 8) });
  }
  const count = benchmark.pairs.length;
  return {
    pictures: benchmark.pictures,
    count,
    before: round(before / count),
    after: round(after / count),
  };
}

async function pngs(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png")).sort();
  return names.map((name) => join(folder, name));
}

async function damagedBy(file: string, damage: (truth: Raster) => Raster): Promise<Pair> {
  const { raster: truth } = await readImage(file);
  return { truth, damaged: damage(truth) };
}

function addNoise(truth: Raster, sigma: number): Raster {
  const random = new NumpyRandom(0);
  const { width, height, channels } = truth;
  const data = Float32Array.from(truth.data, (value) => value / 255 + random.normal(sigma / 255));
  return { width, height, channels, bitDepth: 32, data };
}

/** Float RGB, which is not clipped as colourToFloat does. */
function floatsOf(raster: Raster): Float32Array {
  return raster.data instanceof Float32Array ? raster.data : colourToFloat(raster);
}

function eightBits(raster: Raster): Raster {
  const { width, height } = raster;
  const data = quantize(colourToFloat(raster), 8);
  return { width, height, channels: 3, bitDepth: 8, data };
}

function round(decibels: number): number {
  return Math.round(decibels * 100) / 100;
}
