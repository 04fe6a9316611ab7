/** Noise and blur of a picture, by its pixels alone. */

import type { Interruptible } from "../../base/interruptible.ts";
import type { Raster } from "../../image/Raster.ts";
import { BlurMeter } from "./BlurMeter.ts";
import { NoiseMeter } from "./NoiseMeter.ts";
import { type Sampling, sampleTiles } from "./sampleTiles.ts";

/** A tile takes 1 to 2 ms of measuring; of all there is a megapixel at most, whatever the picture's size. */
const SAMPLING: Sampling = { tilePx: 128, maxTiles: 8 };

/** Standard deviations, as in `Analysis`. */
export interface Measured {
  readonly noiseSigma: number;
  readonly blurSigma: number | null;
}

/** @param raster any; only read */
export function* measure(raster: Raster): Interruptible<Measured> {
  const noise = new NoiseMeter();
  const blur = new BlurMeter();
  for (const tile of sampleTiles(raster, SAMPLING)) {
    noise.add(tile);
    blur.add(tile);
    yield;
  }
  const noiseSigma = noise.sigma();
  return { noiseSigma, blurSigma: blur.sigma(noiseSigma) };
}
