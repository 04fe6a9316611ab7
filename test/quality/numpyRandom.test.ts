/** The noise is numpy's; tools/parity/noise.py wrote the values. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NumpyRandom } from "../../tools/quality/numpyRandom.ts";

interface Fixture {
  readonly seed: number;
  readonly sigma: number;
  readonly first: readonly number[];
  readonly late: { readonly start: number; readonly values: readonly number[] };
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../fixtures/noise.json", import.meta.url), "utf8"),
);

/** Relative tolerance; two logarithms may differ in the last bit. */
const TOLERANCE = 1e-15;

describe("NumpyRandom", () => {
  it("gives numpy.random.normal's values, the million-and-first too", () => {
    const { seed, sigma, first, late } = fixture;
    const wanted = new Map([
      ...first.map((value, i) => [i, value] as const),
      ...late.values.map((value, i) => [late.start + i, value] as const),
    ]);
    const random = new NumpyRandom(seed);
    let worst = 0;
    for (let i = 0; i < late.start + late.values.length; i++) {
      const value = random.normal(sigma);
      const reference = wanted.get(i);
      if (reference === undefined) continue;
      worst = Math.max(worst, Math.abs(value - reference) / Math.abs(reference));
    }
    expect(wanted.size).toBe(15);
    expect(worst).toBeLessThanOrEqual(TOLERANCE);
  });

  it("gives others for another seed", () => {
    expect(new NumpyRandom(1).normal(1)).not.toBe(new NumpyRandom(0).normal(1));
  });

  it("is a normal distribution of that deviation", () => {
    const random = new NumpyRandom(3);
    const values = Float64Array.from({ length: 100_000 }, () => random.normal(2));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03); // 4 standard errors: 4 · 2 / √100,000
    expect(Math.abs(variance - 4)).toBeLessThan(0.08); // 4 · 4 · √(2 / 100,000)
  });
});
