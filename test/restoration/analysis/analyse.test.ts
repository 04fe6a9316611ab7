/** Measurements and decisions of "auto" on photographs and drawn pictures. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Raster } from "../../../src/image/Raster.ts";
import { toDepth } from "../../../src/image/toDepth.ts";
import type { Analysis } from "../../../src/restoration/analysis/Analysis.ts";
import { analyse } from "../../../src/restoration/analysis/analyse.ts";
import { measure } from "../../../src/restoration/analysis/measure.ts";
import { openPlan } from "../../../tools/quality/openPlan.ts";
import {
  blur,
  both,
  discs,
  drawn,
  exposed,
  jpeg,
  noise,
  pictures,
} from "../../../tools/thresholds/pictures.ts";
import { repository } from "../../support/runCli.ts";

const denoiser = await openPlan(join(repository, "weights/denoise"));
afterAll(() => denoiser.dispose());

function analysisOf(raster: Raster): Promise<Analysis> {
  return analyse(raster, (tile) => denoiser.run(tile));
}

/** Hard edges, smooth in between. */
const picture = discs(256, 224);

describe("noise", () => {
  it.each([5, 10, 25, 40])("of sigma %d is measured within 15 %", async (sigma) => {
    for (const raster of [picture, drawn(200, 200, () => 128)]) {
      const { noiseSigma, decision } = await analysisOf(noise(sigma)(raster));
      expect(Math.abs(noiseSigma / sigma - 1)).toBeLessThan(0.15);
      expect(decision).toBe("denoise");
    }
  });

  it("is none on slopes, flats and edges", async () => {
    for (const raster of [picture, drawn(99, 98, (x, y) => x + y), drawn(64, 64, () => 77)]) {
      expect((await analysisOf(raster)).noiseSigma).toBeLessThan(0.5);
    }
  });

  it("is measured where nothing is clipped", async () => {
    const half = drawn(256, 256, (x) => (x < 128 ? -100 : 120)); // black, where noise cannot show
    expect(Math.abs((await analysisOf(noise(20)(half))).noiseSigma / 20 - 1)).toBeLessThan(0.1);
  });

  it("is the same of 16 bits, floats and grey", async () => {
    const noisy = noise(12)(picture);
    const wanted = await analysisOf(noisy);
    const floats = Float32Array.from(noisy.data, (value) => value / 255);
    const green = noisy.data.filter((_, i) => i % 3 === 1);
    for (const same of [
      toDepth(noisy, 16),
      { ...noisy, bitDepth: 32, data: floats },
      { ...noisy, channels: 1, data: green },
    ] as const) {
      const { noiseSigma, blurSigma } = await analysisOf(same);
      expect(noiseSigma).toBeCloseTo(wanted.noiseSigma, 1);
      expect(blurSigma).toBeCloseTo(wanted.blurSigma!, 1);
    }
  });
});

describe("blur", () => {
  it.each([1.5, 2, 2.5, 3])("of sigma %d is measured within 12 %", async (sigma) => {
    const { blurSigma, decision } = await analysisOf(blur(sigma)(picture));
    expect(Math.abs(blurSigma! / sigma - 1)).toBeLessThan(0.12);
    expect(decision).toBe("deblur");
  });

  it("is none on hard edges, and unknown without edges", async () => {
    expect(await analysisOf(picture)).toMatchObject({ decision: "nothing" });
    expect((await analysisOf(picture)).blurSigma).toBeLessThan(0.8);
    expect(await analysisOf(drawn(64, 64, (x) => 2 * x))).toMatchObject({
      blurSigma: null,
      decision: "nothing",
    });
  });

  it("comes second to noise", async () => {
    const { noiseSigma, decision } = await analysisOf(await both(blur(2.5), noise(10))(picture));
    expect(decision).toBe("denoise");
    expect(noiseSigma).toBeGreaterThan(9);
  });
});

describe("the decision", () => {
  it("says what it was taken from", async () => {
    const { reason, noiseSigma } = await analysisOf(noise(25)(picture));
    expect(reason).toBe(`Noise of sigma ${noiseSigma}, from 4.6 on it is taken out.`);
    expect((await analysisOf(blur(2)(picture))).reason).toMatch(
      /below 4\.6, edges have a blur of sigma 2\.\d+ pixels, from 0\.92 on/,
    );
    expect((await analysisOf(picture)).reason).toMatch(
      /edges are sharp: a blur of sigma 0\.\d+ pixels is below 0\.92/,
    );
    expect((await analysisOf(drawn(9, 9, () => 0))).reason).toMatch(/no edges to judge blur by/);
  });

  it.each([
    [1, 1],
    [1, 300],
    [7, 5],
    [300, 2],
    [9, 9],
  ])("is nothing for a picture of %d x %d without noise", async (width, height) => {
    expect((await analysisOf(drawn(width, height, (x) => x))).decision).toBe("nothing");
  });

  it("takes as many chunks for a large picture as for one of a megapixel", () => {
    const chunks = (size: number): number => {
      const work = measure(drawn(size, size, (x, y) => x ^ y));
      let count = 0;
      while (!work.next().done) count++;
      return count;
    };
    expect(chunks(1024)).toBe(64);
    expect(chunks(2000)).toBe(64);
  });
});

const kodak = fileURLToPath(new URL("../../../../shared/data/bench/kodak24", import.meta.url));
const absent = existsSync(kodak) ? "" : " (skipped: no ../shared/data/bench/kodak24)";

describe("photographs", () => {
  // tools/thresholds/analysis.ts counts all 24, with more damages.
  const FILES = ["kodim01.png", "kodim13.png", "kodim19.png", "kodim23.png"];
  it.skipIf(absent !== "").each([
    ["clean", "nothing", exposed(1)],
    ["JPEG of quality 70", "nothing", jpeg(70)],
    ["noise of sigma 5", "denoise", noise(5)],
    ["noise of sigma 50", "denoise", noise(50)],
    ["noise of sigma 10, JPEG of quality 90", "denoise", both(noise(10), jpeg(90))],
    ["blur of sigma 1.5", "deblur", blur(1.5)],
    ["blur of sigma 2.5", "deblur", blur(2.5)],
  ] as const)(`%s: %s${absent}`, async (_, wanted, damage) => {
    for (const { file, read } of await pictures(kodak, ".png")) {
      if (FILES.includes(file))
        expect((await analysisOf(await damage(await read()))).decision).toBe(wanted);
    }
  });
});
