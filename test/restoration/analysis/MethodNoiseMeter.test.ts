/** What the denoiser takes, block by block, on tiles whose figures are known. */

import { describe, expect, it } from "vitest";
import { MethodNoiseMeter } from "../../../src/restoration/analysis/MethodNoiseMeter.ts";
import { sampleTiles } from "../../../src/restoration/analysis/sampleTiles.ts";
import { drawn } from "../../../tools/thresholds/pictures.ts";

const SAMPLING = { tilePx: 128, maxTiles: 4 };

type Value = (x: number, y: number) => number;

/** The meter of a grey picture, and of what a denoiser makes of it. */
function meterOf(width: number, height: number, before: Value, after: Value): MethodNoiseMeter {
  const meter = new MethodNoiseMeter();
  const denoised = [...sampleTiles(drawn(width, height, after), SAMPLING)];
  for (const [i, tile] of [...sampleTiles(drawn(width, height, before), SAMPLING)].entries()) {
    meter.add(tile, denoised[i]!.colour.data);
  }
  return meter;
}

/** The figures as they were before the logarithm. */
function figuresOf(meter: MethodNoiseMeter): number[] {
  return (meter.figures() ?? []).map((figure) => Math.exp(figure) - 0.05);
}

/** ±amount in squares of `size` pixels. */
function chequers(size: number, amount: number): Value {
  return (x, y) =>
    128 + ((Math.floor(x / size) + Math.floor(y / size)) % 2 === 0 ? amount : -amount);
}

describe("method noise", () => {
  it.each([
    ["of 2 pixels is coarse", 2, { flatCoarse: 6, removed: 6, coarse: 6, fine: 0 }],
    ["of 1 pixel is fine", 1, { flatCoarse: 0, removed: 0, coarse: 0, fine: 6 }],
  ] as const)("%s", (_, size, wanted) => {
    const figures = figuresOf(meterOf(128, 128, chequers(size, 6), () => 128));
    const { flatCoarse, removed, coarse, fine } = wanted;
    [flatCoarse, 0, removed, coarse, fine].forEach((figure, i) => {
      expect(figures[i]).toBeCloseTo(figure, 3);
    });
  });

  it("leaves out what the denoiser leaves", () => {
    const [, , removed, coarse] = figuresOf(meterOf(128, 128, chequers(2, 6), chequers(2, 4)));
    expect(removed).toBeCloseTo(2, 3);
    expect(coarse).toBeCloseTo(6, 3);
  });

  it("counts slopes as structure", () => {
    const slope: Value = (x) => 40 + x;
    const [, structure] = figuresOf(meterOf(128, 128, slope, slope));
    expect(structure).toBeCloseTo(4 / 2, 3); // half of 4 pixels' rise
  });

  it("is looked for where nothing is clipped", () => {
    const half: Value = (x, y) => (x < 128 ? 0 : chequers(2, 6)(x, y));
    const flat: Value = (x) => (x < 128 ? 0 : 128);
    expect(figuresOf(meterOf(256, 128, half, flat))[2]).toBeCloseTo(6, 3);
  });

  it("is looked for in blocks that begin where JPEG's do", () => {
    // Steps of 8 pixels, on JPEG's grid, are no detail, wherever the tiles of the picture begin.
    const steps = chequers(8, 6);
    const [flatCoarse, , removed, coarse, fine] = figuresOf(meterOf(301, 203, steps, () => 128));
    for (const figure of [flatCoarse, removed, coarse, fine]) expect(figure).toBeCloseTo(0, 3);
  });

  it("is unknown of a picture with too few blocks", () => {
    const meter = meterOf(64, 48, chequers(2, 6), () => 128);
    expect(meter.figures()).toBeNull();
    expect(meter.probability(1)).toBeNull();
  });

  it("is probable where the picture is flat, and less so where it has structure", () => {
    const noise = chequers(2, 1.5);
    const flat = meterOf(128, 128, noise, () => 128).probability(1)!;
    const textured = meterOf(
      128,
      128,
      (x, y) => noise(x, y) + chequers(4, 12)(x, y) - 128,
      chequers(4, 12),
    );
    expect(flat).toBeGreaterThan(0.9);
    expect(textured.probability(1)).toBeLessThan(flat);
  });

  it("is none where the denoiser takes nothing, or the quietest places have none", () => {
    const grey: Value = () => 128;
    expect(meterOf(128, 128, grey, grey).probability(1)).toBe(0);
    expect(meterOf(128, 128, chequers(2, 1.5), grey).probability(0)).toBe(0);
  });
});
