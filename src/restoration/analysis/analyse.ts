/** The decision of the task "auto", from a picture's noise and blur. */

import type { Interruptible } from "../../base/interruptible.ts";
import type { Raster } from "../../image/Raster.ts";
import type { Analysis } from "./Analysis.ts";
import { BlurMeter } from "./BlurMeter.ts";
import { NoiseMeter } from "./NoiseMeter.ts";
import { sampleTiles } from "./sampleTiles.ts";

/** Noise of this sigma and more is taken out. */
const NOISE_THRESHOLD = 4.6;
/** Blur of this sigma in pixels and more is sharpened. */
const BLUR_THRESHOLD = 0.92;

/**
 * Measures a picture and decides. Noise goes first: it hides blur, and sharpening would raise it.
 *
 * @param raster any; only read
 */
export function* analyse(raster: Raster): Interruptible<Analysis> {
  const noise = new NoiseMeter();
  const blur = new BlurMeter();
  for (const tile of sampleTiles(raster)) {
    noise.add(tile);
    blur.add(tile);
    yield;
  }
  return decide(noise.sigma(), blur);
}

function decide(noise: number, blur: BlurMeter): Analysis {
  const noiseSigma = rounded(noise);
  const measured = blur.sigma(noise);
  const blurSigma = measured === null ? null : rounded(measured);
  const figures = { noiseSigma, blurSigma };
  if (noiseSigma >= NOISE_THRESHOLD) {
    return {
      ...figures,
      decision: "denoise",
      reason: `Noise of sigma ${noiseSigma}, from ${NOISE_THRESHOLD} on it is taken out.`,
    };
  }
  const quiet = `Noise of sigma ${noiseSigma} is below ${NOISE_THRESHOLD}`;
  if (blurSigma === null) {
    return {
      ...figures,
      decision: "nothing",
      reason: `${quiet}, and there are no edges to judge blur by.`,
    };
  }
  if (blurSigma >= BLUR_THRESHOLD) {
    return {
      ...figures,
      decision: "deblur",
      reason: `${quiet}, edges have a blur of sigma ${blurSigma} pixels, from ${BLUR_THRESHOLD} on they are sharpened.`,
    };
  }
  return {
    ...figures,
    decision: "nothing",
    reason: `${quiet}, and edges are sharp: a blur of sigma ${blurSigma} pixels is below ${BLUR_THRESHOLD}.`,
  };
}

function rounded(sigma: number): number {
  return Math.round(100 * sigma) / 100;
}
