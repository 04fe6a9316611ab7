/** Photographs and drawings, damaged in the ways that thresholds have to tell apart. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Raster } from "../../src/image/Raster.ts";
import { toDepth } from "../../src/image/toDepth.ts";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodeJpeg } from "../../src/io/jpeg/encodeJpeg.ts";
import { readImage } from "../../src/io/readImage.ts";
import { gaussianBlur } from "../quality/gaussianBlur.ts";
import { NumpyRandom } from "../quality/numpyRandom.ts";

/** A picture to be read when its turn comes. */
export interface Picture {
  readonly file: string;
  readonly read: () => Promise<Raster>;
}

/** The pictures of a folder whose names end in `end`, sorted. */
export async function pictures(folder: string, end: string): Promise<Picture[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(end)).sort();
  return names.map((file) => ({
    file,
    read: async () => toDepth((await readImage(join(folder, file))).raster, 8),
  }));
}

export type Damage = (raster: Raster) => Raster | Promise<Raster>;
/** Damage that needs no coder. */
type PixelDamage = (raster: Raster) => Raster;

/** Gaussian noise, the same for each picture, rounded to 8 bits. @param sigma of 255 */
export function noise(sigma: number): PixelDamage {
  return (raster) => {
    const random = new NumpyRandom(0);
    return mapped(raster, (value) => value + random.normal(sigma));
  };
}

/** Gaussian blur, the same for each picture. @param sigma in pixels */
export function blur(sigma: number): PixelDamage {
  return (raster) => gaussianBlur(raster, sigma);
}

export function jpeg(quality: number): Damage {
  return async (raster) => (await decodeImage(await encodeJpeg(raster, quality))).raster;
}

/** Another exposure: values times `factor`, clipped. */
export function exposed(factor: number): PixelDamage {
  return (raster) => mapped(raster, (value) => factor * value);
}

export function gamma(exponent: number): PixelDamage {
  return (raster) => mapped(raster, (value) => 255 * (value / 255) ** exponent);
}

/** One damage after the other. */
export function both(first: Damage, second: Damage): Damage {
  return async (raster) => second(await first(raster));
}

function mapped(raster: Raster, change: (value: number) => number): Raster {
  const data = new Uint8ClampedArray(raster.data.length); // which rounds and clips
  for (const [i, value] of raster.data.entries()) data[i] = change(value);
  return { ...raster, bitDepth: 8, data: new Uint8Array(data.buffer) };
}

/** An 8-bit RGB picture from a formula. */
export function drawn(
  width: number,
  height: number,
  value: (x: number, y: number, channel: number) => number,
): Raster {
  const data = new Uint8ClampedArray(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = value(pixel % width, Math.floor(pixel / width), i % 3);
  }
  return { width, height, channels: 3, bitDepth: 8, data: new Uint8Array(data.buffer) };
}

/** Discs with hard edges on slopes of colour: sharp, and without noise. */
export function discs(width: number, height: number): Raster {
  return drawn(width, height, (x, y, c) => {
    const inDisc = ((x % 40) - 20) ** 2 + ((y % 36) - 18) ** 2 < 200;
    return 50 + 20 * c + (60 * (c === 1 ? y : x)) / 256 + (inDisc ? 90 : 0);
  });
}
