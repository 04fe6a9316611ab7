/** Colour under alpha 0: it reaches no visible pixel, and is as it was afterwards. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSync } from "../../src/base/interruptible.ts";
import { fillTransparent } from "../../src/image/fillTransparent.ts";
import type { Raster } from "../../src/image/Raster.ts";
import { createRestorer, type Restorer } from "../../src/index.ts";
import { random } from "../io/fixtures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { writeTinyWeights } from "../support/tinyWeights.ts";

function alphaRaster(width: number, height: number, data: ArrayLike<number>): Raster {
  return { width, height, channels: 1, bitDepth: 8, data: Uint8Array.from(data) };
}

describe("fillTransparent", () => {
  it.each([
    [17, 13, 0.9],
    [1, 40, 0.8],
    [40, 1, 0.8],
    [31, 29, 0.99],
  ])("%ix%i, %f of it transparent: the nearest visible colour", (width, height, share) => {
    const next = random(width * height);
    const alpha: number[] = Array.from({ length: width * height }, () =>
      next() < share ? 0 : 255,
    );
    alpha[5] = 200;
    // Each pixel's colour is its place.
    const colour = Float32Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / 3));
    runSync(fillTransparent(colour, alphaRaster(width, height, alpha)));
    const distance = (a: number, b: number) =>
      Math.hypot((a % width) - (b % width), Math.floor(a / width) - Math.floor(b / width));
    const visible = [...alpha.keys()].filter((pixel) => alpha[pixel] !== 0);
    for (const pixel of alpha.keys()) {
      const from = colour[3 * pixel]!;
      expect([colour[3 * pixel + 1], colour[3 * pixel + 2]]).toEqual([from, from]);
      expect(alpha[from]).not.toBe(0);
      const nearest = Math.min(...visible.map((other) => distance(pixel, other)));
      // Two sweeps are exact but for rare cases a fraction of a pixel away.
      expect(distance(pixel, from)).toBeLessThanOrEqual(nearest + 0.3);
    }
  });

  it("changes nothing where all is visible, or nothing", () => {
    for (const value of [0, 1, 255]) {
      const colour = Float32Array.from({ length: 27 }, (_, i) => i);
      runSync(fillTransparent(colour, alphaRaster(3, 3, Array(9).fill(value))));
      expect(Array.from(colour)).toEqual(Array.from({ length: 27 }, (_, i) => i));
    }
  });
});

describe("a restoration", () => {
  const at = temporaryFolder();
  let restorer: Restorer;
  beforeAll(async () => {
    await writeTinyWeights(at("tiny"));
    restorer = await createRestorer("denoise", { weights: at("tiny") });
  });
  afterAll(() => restorer.dispose());

  /** A disc on transparency. @param hidden the colour under it */
  function disc(channels: 2 | 4, hidden: readonly number[]): Raster {
    const [width, height] = [24, 20];
    const data = new Uint8Array(width * height * channels);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      const visible = (x - 12) ** 2 + (y - 10) ** 2 < 60;
      const colour = visible ? [120 + x, 90 + y, 60] : hidden;
      data.set([...colour.slice(0, channels - 1), visible ? 255 : 0], pixel * channels);
    }
    return { width, height, channels, bitDepth: 8, data };
  }

  it.each([2, 4] as const)("of %i channels does not see it and gives it back", async (channels) => {
    const dark = await restorer.restore(disc(channels, [0, 0, 0]));
    const bright = await restorer.restore(disc(channels, [255, 10, 200]));
    let seen = 0;
    for (let at = 0; at < dark.data.length; at += channels) {
      const pixel = Array.from(bright.data.slice(at, at + channels));
      if (pixel.at(-1) === 0) {
        expect(pixel).toEqual([255, 10, 200].slice(0, channels - 1).concat(0));
        expect(Array.from(dark.data.slice(at, at + channels))).toEqual(Array(channels).fill(0));
      } else {
        seen++;
        expect(pixel).toEqual(Array.from(dark.data.slice(at, at + channels)));
      }
    }
    expect(seen).toBeGreaterThan(100);
  });
});
