/** Noise drawn from a covariance has that covariance. */

import { describe, expect, it } from "vitest";
import {
  addCameraNoise,
  type NoiseCovariance,
  noiseFilter,
} from "../../tools/quality/cameraNoise.ts";
import { drawn } from "../../tools/thresholds/pictures.ts";

/** Gaussian correlation between neighbours, and a constant one between channels. */
function covarianceOf(lagPx: number, betweenChannels: number): NoiseCovariance {
  const lags = [-3, -2, -1, 0, 1, 2, 3];
  return lags.map((y) =>
    lags.map((x) =>
      [0, 1, 2].map((i) =>
        [0, 1, 2].map(
          (j) => Math.exp(-(x * x + y * y) / (2 * lagPx ** 2)) * (i === j ? 1 : betweenChannels),
        ),
      ),
    ),
  );
}

describe("camera noise", () => {
  const size = 256;
  const grey = drawn(size, size, () => 128);
  const sigma = 20;
  const covariance = covarianceOf(0.9, 0.7);
  const filter = noiseFilter(covariance);
  const noise = Float64Array.from(addCameraNoise(grey, filter, sigma, 1).data, (v) => v - 128);

  /** Correlation of channel i with channel j of the pixel at the lag. */
  function measured(y: number, x: number, i: number, j: number): number {
    let sum = 0;
    let count = 0;
    for (let row = 0; row < size - y; row++) {
      for (let column = 0; column < size - x; column++) {
        const at = 3 * (row * size + column);
        sum += noise[at + i]! * noise[at + 3 * (y * size + x) + j]!;
        count++;
      }
    }
    return sum / count / sigma ** 2;
  }

  it.each([
    [0, 0, 0, 0],
    [0, 0, 2, 2],
    [0, 0, 0, 2],
    [0, 1, 1, 1],
    [1, 0, 0, 0],
    [1, 1, 1, 2],
    [0, 2, 0, 0],
    [3, 3, 0, 0],
  ])("has its correlation at lag %d, %d of channels %d and %d", (y, x, i, j) => {
    expect(Math.abs(measured(y, x, i, j) - covariance[3 + y]![3 + x]![i]![j]!)).toBeLessThan(0.04);
  });

  it("is the same for a seed, and another for another", () => {
    const data = (seed: number) => addCameraNoise(grey, filter, sigma, seed).data;
    expect(data(1)).toStrictEqual(data(1));
    expect(data(2)).not.toStrictEqual(data(1));
  });
});
