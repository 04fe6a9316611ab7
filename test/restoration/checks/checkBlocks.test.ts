/** Each check on means of blocks that were made up: cases that raise it and cases that do not. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runSync } from "../../../src/base/interruptible.ts";
import type { FloatImage } from "../../../src/image/FloatImage.ts";
import { blockChanges } from "../../../src/restoration/checks/blockChanges.ts";
import { type BlockMeans, blockMeans } from "../../../src/restoration/checks/blockMeans.ts";
import type { CheckName } from "../../../src/restoration/checks/Check.ts";
import { checkBlocks } from "../../../src/restoration/checks/checkBlocks.ts";

type Rgb = readonly [number, number, number];

/** Blocks of 256 smooth pixels, of 255. */
function means(blocks: ReadonlyArray<readonly [before: Rgb, after: Rgb]>): BlockMeans {
  return {
    counts: new Uint32Array(blocks.length).fill(256),
    input: Float32Array.from(blocks.flatMap(([before]) => before.map((v) => v / 255))),
    output: Float32Array.from(blocks.flatMap(([, after]) => after.map((v) => v / 255))),
    roughness: new Float32Array(3 * blocks.length),
  };
}

function grey(level: number): Rgb {
  return [level, level, level];
}

function figures(of: BlockMeans, strength = 1): Record<CheckName, number> {
  const checks = checkBlocks(blockChanges(of, strength));
  return Object.fromEntries(checks.map(({ name, figure }) => [name, figure])) as never; // all names
}

function failed(of: BlockMeans): CheckName[] {
  return checkBlocks(blockChanges(of, 1))
    .filter(({ passed }) => !passed)
    .map(({ name }) => name);
}

const calm = Array.from({ length: 50 }, (_, i) => [grey(5 * i), grey(5 * i)] as const);

describe("checks", () => {
  it("pass where nothing has moved", () => {
    expect(Object.values(figures(means(calm)))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("black: the share of blocks that had light and lost three quarters of it", () => {
    const dark = calm.map(([before], i) => [before, i % 10 === 9 ? grey(3) : before] as const);
    expect(figures(means(dark)).black).toBeCloseTo(5 / 46, 6); // 46 of 50 have a luminance of 16 or more
    expect(failed(means(dark))).toContain("black");
    expect(figures(means([[grey(15), grey(0)]])).black).toBe(0); // it was black for the eye
  });

  it("colour cast: how far the mean has gone from grey, and not its luminance", () => {
    const cast = calm.map(
      ([before]) => [before, [before[0] + 12, before[1], before[2] - 12]] as const,
    );
    expect(figures(means(cast))["colour cast"]).toBeCloseTo(Math.hypot(9.78, 2.22, 14.22), 1);
    const lighter = calm.map(([before]) => [before, grey(before[0] + 12)] as const);
    expect(figures(means(lighter))["colour cast"]).toBeCloseTo(0, 3);
  });

  it("mosaic: blocks that went different ways, twice as much where it is dark", () => {
    const chequered = (level: number, by: number) =>
      means(Array.from({ length: 64 }, (_, i) => [grey(level), grey(level + (i % 2 ? by : -by))]));
    expect(figures(chequered(150, 4)).mosaic).toBeCloseTo(4 * Math.sqrt(3), 3);
    expect(figures(chequered(20, 4)).mosaic).toBeCloseTo(8 * Math.sqrt(3), 3);
    const together = means(calm.map(([before]) => [before, grey(before[0] + 4)] as const));
    expect(figures(together).mosaic).toBeCloseTo(0, 3);
  });

  it("mosaic: what taking out noise explains does not count", () => {
    const blocks = means(
      Array.from({ length: 64 }, (_, i) => [grey(150), grey(150 + (i % 2 ? 3 : -3))]),
    );
    const noisy = { ...blocks, roughness: new Float32Array(3 * 64).fill((1.128 * 50) / 255) };
    expect(figures(noisy).mosaic).toBe(0); // 50 / √256 is more than 3
  });

  it("blow-up: light that the dark has gained", () => {
    const lit = means(
      calm.map(([before]) => [before, grey(before[0] + (before[0] < 40 ? 20 : 0))]),
    );
    expect(figures(lit)["blow-up"]).toBeCloseTo(20, 3);
    const bright = means(
      calm.map(([before]) => [before, grey(before[0] + (before[0] < 40 ? 0 : 5))]),
    );
    expect(figures(bright)["blow-up"]).toBe(0);
  });

  it("crushed darks: the share of its light that the dark has lost", () => {
    const crushed = means(Array.from({ length: 20 }, (_, i) => [grey(10 + i), grey((10 + i) / 2)]));
    expect(figures(crushed)["crushed darks"]).toBeCloseTo(0.5, 3);
    expect(failed(crushed)).toContain("crushed darks");
  });

  it("crushed darks: clipped noise is taken out with the light that it had added", () => {
    // Black with noise of sigma 25, clipped: a mean of 10, a roughness of 13.
    const blocks = means(Array.from({ length: 20 }, () => [grey(10), grey(1)]));
    const noisy = { ...blocks, roughness: new Float32Array(60).fill(13 / 255) };
    expect(figures(noisy)["crushed darks"]).toBe(0);
    expect(figures(blocks)["crushed darks"]).toBeCloseTo(0.9, 3);
  });

  it("tinted highlights: colour that white has gained", () => {
    const tinted = means(
      calm.map(([before]) => [before, before[0] > 225 ? [255, 240, 215] : before]),
    );
    expect(figures(tinted)["tinted highlights"]).toBeGreaterThan(20);
    expect(failed(tinted)).toContain("tinted highlights");
  });

  it("of a blend are those of its means", () => {
    const cast = means(
      calm.map(([before]) => [before, [before[0] + 12, before[1], before[2] - 12]]),
    );
    expect(figures(cast, 0.5)["colour cast"]).toBeCloseTo(figures(cast)["colour cast"] / 2, 6);
  });
});

it("docs/architecture.md lists the checks with their thresholds", () => {
  const text = readFileSync(new URL("../../../docs/architecture.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| ([a-z -]+) \| [^|]+ \| ([\d.]+) \| [\d.]+ \|$/gm)];
  const listed = rows.map(([, name, threshold]) => [name, Number(threshold)]);
  const checks = checkBlocks(blockChanges(means(calm), 1));
  expect(listed).toEqual([
    ["finite", 0],
    ...checks.map(({ name, threshold }) => [name, threshold]),
  ]);
});

describe("blockMeans", () => {
  function image(
    width: number,
    height: number,
    channels: number,
    of: (i: number) => number,
  ): FloatImage {
    const data = Float32Array.from({ length: width * height * channels }, (_, i) => of(i));
    return { width, height, channels, data };
  }

  it.each([
    [1, 1, 1],
    [15, 40, 2],
    [16, 16, 1],
    [33, 47, 4],
    [64, 31, 4],
  ])("of %d x %d: every pixel once, in %d blocks", (width, height, count) => {
    const input = image(width, height, 3, (i) => (i % 3) / 2);
    const { counts, input: before } = runSync(blockMeans(input, input));
    expect(counts).toHaveLength(count);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(width * height);
    for (let i = 0; i < before.length; i++) expect(before[i]).toBeCloseTo((i % 3) / 2, 6);
  });

  it("clamps, as the picture will be", () => {
    const input = image(16, 16, 3, () => -1);
    const output = image(16, 16, 3, (i) => (i % 2 ? 3 : -2));
    const blocks = runSync(blockMeans(input, output));
    expect(blocks.input[0]).toBe(0);
    expect(blocks.output[0]).toBeCloseTo(0.5, 6);
  });

  it("leaves holes out", () => {
    const masked = image(16, 16, 4, (i) => (i % 4 === 3 ? (i < 512 ? 1 : 0) : 0.25));
    const painted = image(16, 16, 4, (i) => (i < 512 ? 1 : 0.25));
    const { counts, output } = runSync(blockMeans(masked, painted));
    expect(Array.from(counts)).toEqual([128]);
    expect(output[0]).toBeCloseTo(0.25, 6);
  });
});
