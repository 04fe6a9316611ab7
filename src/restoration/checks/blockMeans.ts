/**
 * The low-pass of a picture before and after restoration: means over blocks. Restoration changes fine
 * detail and leaves these as they are, so what happens to them is what the checks look at.
 */

import type { Interruptible } from "../../base/interruptible.ts";
import type { FloatImage } from "../../image/FloatImage.ts";

/**
 * Pixels of a block's side. Noise of sigma 50 averages out to 3 of 255 over 16x16 pixels; over 8x8 it
 * would be 6, and over 32x32 the tiles of a mosaic begin to average out too.
 */
const BLOCK_PX = 16;
/** The most blocks: a large picture has larger ones, so that computing over all of them takes no more than 20 ms. */
const MAX_BLOCKS = 2 ** 14;
/** Pixels worked on between two turns of the event loop: 2 to 3 ms. */
const PIXELS_PER_CHUNK = 2 ** 18;

/** Means over blocks of RGB values clamped to 0–1, as the picture will show them. */
export interface BlockMeans {
  /** Pixels that were counted in each block; 0 where all of it is a hole to be filled in. */
  readonly counts: Uint32Array;
  /** RGB of each block before: 3 values a block. */
  readonly input: Float32Array;
  /** RGB of each block after. */
  readonly output: Float32Array;
  /** Mean difference between neighbouring pixels of a row before, per channel: noise, and texture. */
  readonly roughness: Float32Array;
}

/**
 * Means over blocks of 16 to 31 pixels a side, up to 4 megapixels; of a smaller picture over the whole.
 *
 * @param input the network's input: 3 channels, or 4 of which the last is 1 in the holes of inpainting,
 *   which are left out
 * @param output the network's result, the same size
 */
export function* blockMeans(input: FloatImage, output: FloatImage): Interruptible<BlockMeans> {
  const { width, height, channels } = input;
  const side = Math.max(BLOCK_PX, Math.ceil(Math.sqrt((width * height) / MAX_BLOCKS)));
  const columns = Math.max(1, Math.floor(width / side));
  const rows = Math.max(1, Math.floor(height / side));
  const counts = new Uint32Array(columns * rows);
  const before = new Float64Array(3 * counts.length);
  const after = new Float64Array(3 * counts.length);
  const rough = new Float64Array(3 * counts.length);
  const rowsPerChunk = Math.max(1, Math.floor(PIXELS_PER_CHUNK / width));
  for (let y = 0; y < height; y++) {
    const firstBlock = Math.floor((y * rows) / height) * columns;
    for (let column = 0; column < columns; column++) {
      const block = firstBlock + column;
      const start = Math.ceil((column * width) / columns);
      const end = Math.ceil(((column + 1) * width) / columns);
      addRow(start + y * width, end + y * width, block);
    }
    if (y % rowsPerChunk === 0) yield;
  }
  const mean = (sums: Float64Array): Float32Array =>
    Float32Array.from(sums, (sum, i) => sum / (counts[Math.floor(i / 3)]! || 1));
  return { counts, input: mean(before), output: mean(after), roughness: mean(rough) };

  function addRow(start: number, end: number, block: number): void {
    for (let c = 0; c < 3; c++) {
      let counted = 0;
      let sumBefore = 0;
      let sumAfter = 0;
      let sumRough = 0;
      let last = clamped(input.data[start * channels + c]!);
      for (let pixel = start; pixel < end; pixel++) {
        const from = pixel * channels;
        if (channels === 4 && input.data[from + 3]! > 0) continue;
        const value = clamped(input.data[from + c]!);
        counted++;
        sumBefore += value;
        sumAfter += clamped(output.data[from + c]!);
        sumRough += Math.abs(value - last);
        last = value;
      }
      before[3 * block + c]! += sumBefore;
      after[3 * block + c]! += sumAfter;
      rough[3 * block + c]! += sumRough;
      if (c === 0) counts[block]! += counted;
    }
  }
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
