/**
 * Noise as the denoiser sees it. Cameras' noise is correlated between neighbours by demosaicing, smoothing and JPEG:
 * it has little of the finest detail, by which noise is commonly measured. What the denoiser takes from a picture, its
 * method noise (Buades, Coll and Morel, "A review of image denoising algorithms", SIAM MMS 4(2), 2005, section 1), is
 * that noise and some texture. So it is measured in detail of 2 to 4 pixels and held to the picture's own detail and
 * structure: a logistic regression on five figures tells the probability of noise.
 */

import { luminanceOf, type Tile } from "./sampleTiles.ts";

/** Pixels of a block's side: two of JPEG's blocks. */
const BLOCK_PX = 16;
/** Blocks begin where JPEG's do, or the steps between JPEG's blocks would count as detail. */
const JPEG_PX = 8;
/** The tile's border, where the denoiser sees zeros beyond it. */
const MARGIN_PX = 16;
/** Luminances, of 255, between which a block's mean has all of the noise: near black and white it is clipped. */
const EXPOSED = [16, 245] as const;
/** Values this near to black or white are clipped, and the share of them that a block may have. */
const CLIPPED = 3;
const MAX_CLIPPED_SHARE = 0.05;
/** Fewer blocks than this tell nothing of the picture. */
const MIN_BLOCKS = 20;

/** Figures of a block, luminance of 255. */
interface Block {
  /** Deviation of the denoised block's means over 4x4 pixels from a slope, and half of the slope over 4 pixels. */
  readonly structure: number;
  /** Detail of 1 to 2 pixels. */
  readonly fine: number;
  /** Detail of 2 to 4 pixels. */
  readonly coarse: number;
  /** The same of the method noise. */
  readonly removed: number;
  readonly isExposed: boolean;
}

/**
 * What is added to the figures before their logarithm is taken: the size of rounding's noise, so that flat drawings
 * have no large negative ones.
 */
const ROUNDING = 0.05;

/**
 * Where the denoiser takes less than 0.1 of 255 there is nothing to take; on drawings without any detail the rest means
 * nothing. Of PolyU's photographs the least is 0.16.
 */
const LEAST_REMOVED: number = Math.log(0.1 + ROUNDING);

/**
 * Noise is everywhere: if the quietest blocks have less than this share of the coarse detail of the flattest quarter,
 * that detail is the picture's, such as the edges of a drawing. Of PolyU's photographs the least is 0.05.
 */
const LEAST_FINE = 0.02;

/** Of the logistic regression, for {@link MethodNoiseMeter.figures}; `npm run thresholds` fits them. */
const WEIGHTS = [3.29, -1.77, 4.6, 0.36, -3.34] as const;
const BIAS = 6.32;

/** Collects the method noise of a picture's tiles. */
export class MethodNoiseMeter {
  private readonly blocks: Block[] = [];

  /** @param denoised the denoiser's output for `tile.colour` */
  add({ left, top, width, height, luminance }: Tile, denoised: Float32Array): void {
    const after = luminanceOf(denoised);
    const first = (start: number): number =>
      MARGIN_PX + ((JPEG_PX - ((start + MARGIN_PX) % JPEG_PX)) % JPEG_PX);
    for (let y = first(top); y + BLOCK_PX <= height - MARGIN_PX; y += BLOCK_PX) {
      for (let x = first(left); x + BLOCK_PX <= width - MARGIN_PX; x += BLOCK_PX) {
        const at = y * width + x;
        this.blocks.push(blockOf(blockAt(luminance, at, width), blockAt(after, at, width)));
      }
    }
  }

  /**
   * Probability of noise, 0–1; null for pictures that have too few blocks.
   *
   * @param noiseSigma of the picture by `NoiseMeter`, of 255
   */
  probability(noiseSigma: number): number | null {
    const figures = this.figures();
    if (figures === null) return null;
    const [coarse, , removed] = figures;
    if (removed < LEAST_REMOVED || noiseSigma < LEAST_FINE * Math.exp(coarse)) return 0;
    const score = figures.reduce((sum, figure, i) => sum + WEIGHTS[i]! * figure, BIAS);
    return 1 / (1 + Math.exp(-score));
  }

  /**
   * Logarithms of the coarse detail in the flattest quarter, of the structure of the flattest tenth, and of the medians
   * of what the denoiser takes, of coarse and of fine detail; null for too few blocks.
   */
  figures(): readonly [number, number, number, number, number] | null {
    const exposed = this.blocks.filter(({ isExposed }) => isExposed);
    const blocks = exposed.length < MIN_BLOCKS ? this.blocks : exposed;
    if (blocks.length < MIN_BLOCKS) return null;
    const flattest = blocks.toSorted((a, b) => a.structure - b.structure);
    const quarter = flattest.slice(0, Math.max(10, Math.floor(0.25 * blocks.length)));
    return [
      logarithm(quarter, "coarse", 0.5),
      logarithm(blocks, "structure", 0.1),
      logarithm(blocks, "removed", 0.5),
      logarithm(blocks, "coarse", 0.5),
      logarithm(blocks, "fine", 0.5),
    ];
  }
}

/** Logarithm of a quantile of one of the blocks' figures. */
function logarithm(
  blocks: readonly Block[],
  figure: Exclude<keyof Block, "isExposed">,
  quantile: number,
): number {
  const sorted = Float32Array.from(blocks, (block) => block[figure]).sort();
  return Math.log(sorted[Math.floor(quantile * sorted.length)]! + ROUNDING);
}

/** A square of values, `size` a side. */
interface Square {
  readonly size: number;
  readonly values: Float32Array;
}

function blockAt(values: Float32Array, at: number, width: number): Square {
  const block = new Float32Array(BLOCK_PX * BLOCK_PX);
  for (let y = 0; y < BLOCK_PX; y++) {
    block.set(values.subarray(at + y * width, at + y * width + BLOCK_PX), y * BLOCK_PX);
  }
  return { size: BLOCK_PX, values: block };
}

function blockOf(before: Square, after: Square): Block {
  const removed = { ...before, values: before.values.map((value, i) => value - after.values[i]!) };
  const [halfBefore, halfAfter, halfRemoved] = [halved(before), halved(after), halved(removed)];
  let sum = 0;
  let clipped = 0;
  for (const value of before.values) {
    sum += value;
    if (value < CLIPPED || value > 255 - CLIPPED) clipped++;
  }
  const pixels = before.values.length;
  const mean = sum / pixels;
  return {
    structure: structureOf(halved(halfAfter)),
    fine: detailOf(before, halfBefore),
    coarse: detailOf(halfBefore, halved(halfBefore)),
    removed: detailOf(halfRemoved, halved(halfRemoved)),
    isExposed: mean > EXPOSED[0] && mean < EXPOSED[1] && clipped < MAX_CLIPPED_SHARE * pixels,
  };
}

/** Means over 2x2 values. */
function halved({ size, values }: Square): Square {
  const half = size / 2;
  const means = new Float32Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const i = 2 * (y * size + x);
      means[y * half + x] =
        (values[i]! + values[i + 1]! + values[i + size]! + values[i + size + 1]!) / 4;
    }
  }
  return { size: half, values: means };
}

/** Root mean square of what the means over 2x2 values do not have. */
function detailOf({ size, values }: Square, means: Square): number {
  let sum = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const mean = means.values[(y >> 1) * means.size + (x >> 1)]!;
      sum += (values[y * size + x]! - mean) ** 2;
    }
  }
  return Math.sqrt(sum / values.length);
}

/** Deviation from the plane that fits best, and half of that plane's slope. */
function structureOf({ size, values }: Square): number {
  const middle = (size - 1) / 2;
  let [sum, alongX, alongY, squares, weight] = [0, 0, 0, 0, 0];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = values[y * size + x]!;
      sum += value;
      squares += value ** 2;
      alongX += (x - middle) * value;
      alongY += (y - middle) * value;
      weight += (x - middle) ** 2;
    }
  }
  const explained = sum ** 2 / values.length + (alongX ** 2 + alongY ** 2) / weight;
  const deviation = Math.sqrt(Math.max(0, squares - explained) / values.length);
  return deviation + Math.hypot(alongX, alongY) / weight / 2;
}
