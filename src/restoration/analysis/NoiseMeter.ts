/**
 * Noise of a picture: Immerkær's operator ("Fast Noise Variance Estimation", CVIU 64(2), 1996), which
 * sees no slopes of brightness, on blocks, of which the quietest are believed, since texture is in the
 * others too.
 */

import type { Tile } from "./sampleTiles.ts";

/** Pixels of a block's side. */
const BLOCK_PX = 8;
/** Values this near to the ends of 0–255 may be clipped noise, which is less than it was. */
const CLIPPED = 1;
/** A block with more clipped values than this is left out. */
const MAX_CLIPPED = 3;
/** Quantile of the blocks, from the quietest, that is believed. */
const QUIET_QUANTILE = 0.05;
/** The figure of the block at that quantile for pure Gaussian noise of sigma 1: measured on 512x512 pixels. */
const QUIET_BIAS = 0.753;

/** The noise of a tile's blocks, of those that are not clipped, and of the clipped ones. */
export class NoiseMeter {
  private readonly whole: number[] = [];
  private readonly clipped: number[] = [];

  add({ width, height, green: v }: Tile): void {
    for (let top = 1; top + BLOCK_PX < height; top += BLOCK_PX) {
      for (let left = 1; left + BLOCK_PX < width; left += BLOCK_PX) {
        let sum = 0;
        let clipped = 0;
        for (let y = top; y < top + BLOCK_PX; y++) {
          for (let x = left; x < left + BLOCK_PX; x++) {
            const i = y * width + x;
            const corners =
              v[i - width - 1]! + v[i - width + 1]! + v[i + width - 1]! + v[i + width + 1]!;
            const sides = v[i - width]! + v[i + width]! + v[i - 1]! + v[i + 1]!;
            sum += Math.abs(corners - 2 * sides + 4 * v[i]!);
            if (v[i]! < CLIPPED || v[i]! > 255 - CLIPPED) clipped++;
          }
        }
        // √(π/2) from a mean of absolute values to sigma; 6: the root of the operator's squared weights.
        const sigma = (Math.sqrt(Math.PI / 2) / 6) * (sum / BLOCK_PX ** 2);
        (clipped > MAX_CLIPPED ? this.clipped : this.whole).push(sigma);
      }
    }
  }

  /** Sigma of the noise, of 255; 0 for a picture smaller than a block. */
  sigma(): number {
    const blocks = Float32Array.from(this.whole.length > 0 ? this.whole : this.clipped).sort();
    return (blocks[Math.floor(QUIET_QUANTILE * blocks.length)] ?? 0) / QUIET_BIAS;
  }
}
