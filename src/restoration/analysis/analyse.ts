/** What the task "auto" measures of a picture, and its decision. */

import { runAsync } from "../../base/interruptible.ts";
import type { FloatImage } from "../../image/FloatImage.ts";
import type { Raster } from "../../image/Raster.ts";
import type { Analysis } from "./Analysis.ts";
import { decide, NOISE_THRESHOLD } from "./decide.ts";
import { MethodNoiseMeter } from "./MethodNoiseMeter.ts";
import { measure } from "./measure.ts";
import { type Sampling, sampleTiles } from "./sampleTiles.ts";

/** What the denoiser is asked about: all of a picture up to 768x768 pixels. */
const DENOISED: Sampling = { tilePx: 256, maxTiles: 3 };

/** The denoiser's output for a tile, RGB, 0–1. */
export type DenoiseTile = (tile: FloatImage) => Promise<FloatImage>;

/**
 * Measures a picture and decides. Noise goes first: it hides blur, and sharpening would raise it.
 *
 * @param raster any; only read
 * @param denoise asked about some tiles where noise does not show by itself
 */
export async function analyse(raster: Raster, denoise: DenoiseTile): Promise<Analysis> {
  const measured = await runAsync(measure(raster));
  const noiseSigma = rounded(measured.noiseSigma);
  const blurSigma = measured.blurSigma === null ? null : rounded(measured.blurSigma);
  const probability =
    noiseSigma >= NOISE_THRESHOLD
      ? null
      : (await methodNoise(raster, denoise)).probability(measured.noiseSigma);
  const noiseProbability = probability === null ? null : rounded(probability);
  const figures = { noiseSigma, noiseProbability, blurSigma };
  return { ...figures, ...decide(figures) };
}

/** What the denoiser takes from a picture. */
export async function methodNoise(raster: Raster, denoise: DenoiseTile): Promise<MethodNoiseMeter> {
  const meter = new MethodNoiseMeter();
  for (const tile of sampleTiles(raster, DENOISED)) {
    meter.add(tile, (await denoise(tile.colour)).data);
  }
  return meter;
}

function rounded(value: number): number {
  return Math.round(100 * value) / 100;
}
