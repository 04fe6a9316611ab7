/** Small pictures for the tests of the API and the command, and helpers to read results. */

import type { Raster } from "../../src/image/Raster.ts";
import { encodePng } from "../../src/io/png/encodePng.ts";
import { readImage } from "../../src/io/readImage.ts";
import { random } from "../io/fixtures.ts";

/** An 8-bit RGB picture: slopes of colour with discs on them, something like a photograph. */
export function scene(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const inDisc = (x % 32) ** 2 + (y % 28) ** 2 < 200;
      data[at] = 40 + (120 * x) / width + (inDisc ? 60 : 0);
      data[at + 1] = 60 + (130 * y) / height;
      data[at + 2] = inDisc ? 70 : 180 - (90 * x) / width;
    }
  }
  return { width, height, channels: 3, bitDepth: 8, data };
}

/** A picture with Gaussian noise, rounded to 8 bits. @param sigma of 255 */
export function withNoise(raster: Raster, sigma: number): Raster {
  const next = random(1);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const data = Uint8ClampedArray.from(raster.data, (value) => value + sigma * gauss());
  return { ...raster, bitDepth: 8, data: new Uint8Array(data.buffer) };
}

/** The most usual input of `nafnet`: a small noisy PNG. */
export function noisyPng(width: number, height: number): Uint8Array {
  return encodePng(withNoise(scene(width, height), 25));
}

/** The decoded picture. */
export async function decoded(source: string | Uint8Array): Promise<Raster> {
  return (await readImage(source)).raster;
}

/** The last channel's samples. */
export function lastChannel({ data, channels }: Pick<Raster, "data" | "channels">): number[] {
  return Array.from(data).filter((_, i) => i % channels === channels - 1);
}
