/** Decisions at and around each threshold. */

import { expect, it } from "vitest";
import { decide } from "../../../src/restoration/analysis/decide.ts";

it.each([
  [4.6, null, 2, "denoise", /^Noise of sigma 4\.6, from 4\.6 on it is taken out\.$/],
  [4.59, null, 0.5, "nothing", /^Noise of sigma 4\.59 is below 4\.6, and edges are sharp/],
  [0.4, 0.33, 2, "denoise", /^The denoiser sees noise with a probability of 0\.33, from 0\.33 on/],
  [0.4, 0.32, 0.91, "nothing", /edges are sharp: a blur of sigma 0\.91 pixels is below 0\.92\.$/],
  [0.4, 0.32, 0.92, "nothing", /but the denoiser sees noise with a probability of 0\.32, which/],
  [0.4, 0, 0.92, "deblur", /edges have a blur of sigma 0\.92 pixels, from 0\.92 on/],
  [0.4, null, 0.92, "deblur", /edges have a blur of sigma 0\.92 pixels, from 0\.92 on/],
  [0.4, 0.1, null, "nothing", /there are no edges to judge blur by\.$/],
] as const)(
  "of noise %d, probability %d and blur %d",
  (noise, probability, blur, wanted, reason) => {
    const figures = { noiseSigma: noise, noiseProbability: probability, blurSigma: blur };
    const { decision, reason: said } = decide(figures);
    expect(decision).toBe(wanted);
    expect(said).toMatch(reason);
  },
);
