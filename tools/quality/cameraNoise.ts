/**
 * Noise as a camera leaves it in its pictures: Gaussian, correlated between neighbours and channels as measured of
 * PolyU's photographs (../shared/data/noise/polyu-noise-statistics.json).
 */

import type { Raster } from "../../src/image/Raster.ts";
import { NumpyRandom } from "./numpyRandom.ts";

/** Covariance of the noise at lags of −3 to 3 rows and columns, and between channels: [7][7][3][3]. */
export type NoiseCovariance = readonly (readonly (readonly (readonly number[])[])[])[];

const CHANNELS = 3;
const LAG = 3;
/** Frequencies along an axis at which the spectrum is taken; covariances of 7 lags have no finer detail. */
const GRID = 24;
/** Pixels of the filter's half width: its values beyond are below a hundredth of the largest. */
const REACH = 6;

/** A filter that makes such noise of white noise: [row][column][channel made][white channel], −REACH to REACH. */
export type NoiseFilter = Float64Array;

const SIDE = 2 * REACH + 1;

/**
 * The filter whose output has the covariance, but for its scale: the Cholesky factor of the spectrum at each
 * frequency. What makes a measured covariance not quite one, its negative parts, is left out.
 */
export function noiseFilter(covariance: NoiseCovariance): NoiseFilter {
  const filter = new Float64Array(SIDE * SIDE * CHANNELS ** 2);
  for (let v = 0; v < GRID; v++) {
    for (let u = 0; u < GRID; u++) {
      const factor = cholesky(spectrumAt(covariance, v, u));
      for (let y = -REACH; y <= REACH; y++) {
        for (let x = -REACH; x <= REACH; x++) {
          const angle = (2 * Math.PI * (u * x + v * y)) / GRID;
          const [cos, sin] = [Math.cos(angle) / GRID ** 2, Math.sin(angle) / GRID ** 2];
          const at = ((y + REACH) * SIDE + x + REACH) * CHANNELS ** 2;
          for (let i = 0; i < CHANNELS ** 2; i++) {
            filter[at + i]! += factor.re[i]! * cos - factor.im[i]! * sin;
          }
        }
      }
    }
  }
  return filter;
}

/**
 * Adds noise to an 8-bit RGB picture; rounded and clipped.
 *
 * @param sigma its standard deviation over all channels, of 255
 * @param seed the same one gives the same noise
 */
export function addCameraNoise(
  raster: Raster,
  filter: NoiseFilter,
  sigma: number,
  seed: number,
): Raster {
  const { width, height } = raster;
  const random = new NumpyRandom(seed);
  const paddedWidth = width + 2 * REACH;
  const white = new Float32Array(paddedWidth * (height + 2 * REACH) * CHANNELS);
  for (let i = 0; i < white.length; i++) white[i] = random.normal(1);
  const noise = new Float32Array(width * height * CHANNELS);
  for (let dy = 0; dy < SIDE; dy++) {
    for (let dx = 0; dx < SIDE; dx++) {
      const [rr, , , gr, gg, , br, bg, bb] = filter.subarray((dy * SIDE + dx) * CHANNELS ** 2);
      for (let y = 0; y < height; y++) {
        let from = ((y + dy) * paddedWidth + dx) * CHANNELS;
        let to = y * width * CHANNELS;
        for (let x = 0; x < width; x++, from += CHANNELS, to += CHANNELS) {
          const [r, g, b] = [white[from]!, white[from + 1]!, white[from + 2]!];
          noise[to]! += rr! * r;
          noise[to + 1]! += gr! * r + gg! * g;
          noise[to + 2]! += br! * r + bg! * g + bb! * b;
        }
      }
    }
  }
  let squares = 0;
  for (const value of noise) squares += value ** 2;
  const scale = sigma / Math.sqrt(squares / noise.length);
  const data = new Uint8ClampedArray(noise.length);
  for (let i = 0; i < data.length; i++) data[i] = raster.data[i]! + scale * noise[i]!;
  return { ...raster, bitDepth: 8, data: new Uint8Array(data.buffer) };
}

/** A complex 3x3 matrix, row by row. */
interface Matrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function spectrumAt(covariance: NoiseCovariance, v: number, u: number): Matrix {
  const [re, im] = [new Float64Array(CHANNELS ** 2), new Float64Array(CHANNELS ** 2)];
  for (let y = -LAG; y <= LAG; y++) {
    for (let x = -LAG; x <= LAG; x++) {
      const angle = (-2 * Math.PI * (u * x + v * y)) / GRID;
      for (let i = 0; i < CHANNELS; i++) {
        for (let j = 0; j < CHANNELS; j++) {
          // Of a covariance, lag (y, x) of channels i and j is lag (−y, −x) of j and i.
          const there = covariance[LAG + y]![LAG + x]![i]![j]!;
          const back = covariance[LAG - y]![LAG - x]![j]![i]!;
          re[i * CHANNELS + j]! += ((there + back) / 2) * Math.cos(angle);
          im[i * CHANNELS + j]! += ((there + back) / 2) * Math.sin(angle);
        }
      }
    }
  }
  return { re, im };
}

/** The lower triangle L with L·Lᴴ = A, for a Hermitian A; columns whose pivot is not positive are 0. */
function cholesky(a: Matrix): Matrix {
  const [re, im] = [new Float64Array(CHANNELS ** 2), new Float64Array(CHANNELS ** 2)];
  for (let j = 0; j < CHANNELS; j++) {
    for (let i = j; i < CHANNELS; i++) {
      let [sumRe, sumIm] = [a.re[i * CHANNELS + j]!, a.im[i * CHANNELS + j]!];
      for (let k = 0; k < j; k++) {
        const [x, y] = [i * CHANNELS + k, j * CHANNELS + k];
        sumRe -= re[x]! * re[y]! + im[x]! * im[y]!;
        sumIm -= im[x]! * re[y]! - re[x]! * im[y]!;
      }
      const pivot = re[j * CHANNELS + j]!;
      if (i === j) re[i * CHANNELS + j] = Math.sqrt(Math.max(0, sumRe));
      else if (pivot > 0) {
        re[i * CHANNELS + j] = sumRe / pivot;
        im[i * CHANNELS + j] = sumIm / pivot;
      }
    }
  }
  return { re, im };
}
