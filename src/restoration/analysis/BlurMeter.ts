/**
 * Blur of a picture, measured by blurring it once more: an edge that a Gaussian of sigma s made loses little
 * of its slope to another one of sigma 1 where s is large. With R the slope before over the slope after,
 * s = 1 / √(R² − 1) (Zhuo and Sim, "Defocus map estimation from a single image", Pattern Recognition
 * 44(9), 2011, section 3).
 */

import type { Tile } from "./sampleTiles.ts";

/** Binomial weights of a Gaussian of sigma 1. */
const REBLUR = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16] as const;
/** The second blur reaches 2 pixels, the slope of it one more, comparing slopes one more. */
const MARGIN_PX = 4;
/** Slopes of less than this, of 255 a pixel, are no edges. */
const MIN_SLOPE = 4;
/** Sigmas of noise that a slope of pure noise is seldom above. */
const NOISE_SLOPE = 1.5;
/** Share of the edges, from the steepest, that is believed: the picture's sharpest part is in focus. */
const STEEP_SHARE = 0.2;
/** Fewer edges than this tell nothing of the picture. */
const MIN_EDGES = 100;
/** A slope that the second blur hardly changes is of no edge that was ever sharp. */
const MIN_RATIO = 1.02;

/** Collects the edges of a picture's tiles. */
export class BlurMeter {
  /** Slope of each edge; `sigmas` has its blur. */
  private readonly slopes: number[] = [];
  private readonly sigmas: number[] = [];

  add({ width, height, luminance: values }: Tile): void {
    const blurred = reblurred(values, width, height);
    const slopes = new Float32Array(values.length);
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++)
        slopes[y * width + x] = slopeAt(values, y * width + x, width);
    }
    for (let y = MARGIN_PX; y < height - MARGIN_PX; y++) {
      for (let x = MARGIN_PX; x < width - MARGIN_PX; x++) {
        const i = y * width + x;
        const slope = slopes[i]!;
        if (slope < MIN_SLOPE) continue;
        // The ridge of an edge: steeper than what is before and behind it.
        const across = isSteeperAlongRows(values, i, width) ? 1 : width;
        if (slope < slopes[i - across]! || slope <= slopes[i + across]!) continue;
        const ratio = Math.max(MIN_RATIO, slope / slopeAt(blurred, i, width));
        this.slopes.push(slope);
        this.sigmas.push(1 / Math.sqrt(ratio ** 2 - 1));
      }
    }
  }

  /**
   * @param noiseSigma of the picture, of 255
   * @returns in pixels; null where there are too few edges to tell
   */
  sigma(noiseSigma: number): number | null {
    const minSlope = MIN_SLOPE + NOISE_SLOPE * noiseSigma;
    // Typed arrays sort a million numbers in 0.1 s, others in 1 s.
    const slopes = Float32Array.from(this.slopes).sort();
    const first = slopes.findIndex((slope) => slope >= minSlope);
    const count = first < 0 ? 0 : slopes.length - first;
    if (count < MIN_EDGES) return null;
    const steep = slopes[slopes.length - Math.ceil(STEEP_SHARE * count)]!;
    const sigmas = this.sigmas.filter((_, edge) => this.slopes[edge]! >= steep);
    return Float32Array.from(sigmas).sort()[Math.floor(sigmas.length / 2)]!;
  }
}

/** Sobel's gradient: across [1, 2, 1], along [−1, 0, 1], in values a pixel. */
function gradientAt(v: Float32Array, i: number, width: number): readonly [x: number, y: number] {
  const above = i - width;
  const below = i + width;
  const right = v[above + 1]! + 2 * v[i + 1]! + v[below + 1]!;
  const left = v[above - 1]! + 2 * v[i - 1]! + v[below - 1]!;
  const down = v[below - 1]! + 2 * v[below]! + v[below + 1]!;
  const up = v[above - 1]! + 2 * v[above]! + v[above + 1]!;
  return [(right - left) / 8, (down - up) / 8];
}

function slopeAt(values: Float32Array, i: number, width: number): number {
  return Math.hypot(...gradientAt(values, i, width));
}

function isSteeperAlongRows(values: Float32Array, i: number, width: number): boolean {
  const [x, y] = gradientAt(values, i, width);
  return Math.abs(x) > Math.abs(y);
}

/** The values blurred by sigma 1; 0 at a border of 2 pixels, where no edge is looked for. */
function reblurred(values: Float32Array, width: number, height: number): Float32Array {
  const along = (
    from: Float32Array,
    step: number,
    marginX: number,
    marginY: number,
  ): Float32Array => {
    const to = new Float32Array(from.length);
    for (let y = marginY; y < height - marginY; y++) {
      for (let x = marginX; x < width - marginX; x++) {
        const i = y * width + x;
        let sum = 0;
        for (let k = 0; k < 5; k++) sum += REBLUR[k]! * from[i + (k - 2) * step]!;
        to[i] = sum;
      }
    }
    return to;
  };
  return along(along(values, 1, 2, 0), width, 0, 2);
}
