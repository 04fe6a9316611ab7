/**
 * The checks: each is one number, computed from what restoration did to the means of blocks, and the most
 * of it that passes. `npm run thresholds` prints the figures that the thresholds are taken from: the
 * default weights on photographs, clean, noisy, blurred, dark and overexposed, and on drawn pictures.
 */

import { luminance } from "../../image/luminance.ts";
import { type BlockChange, blockWeight, chroma, type Rgb } from "./blockChanges.ts";
import type { BlockCheckName, Check } from "./Check.ts";

interface BlockCheck {
  readonly threshold: number;
  figure(blocks: readonly BlockChange[]): number;
}

/** A block of less luminance than this, of 255, is dark. */
const DARK = 40;
/** A block of less luminance than this is black whatever is done to it. */
const BLACK = 16;
/** Below this, 8 bits have too few steps left to speak of a share that is lost. */
const MIN_LUMINANCE = 4;
/** A block whose least channel is above this is white or nearly. */
const NEAR_WHITE = 225;
/** Luminance below which a deviation shows the more; from half of it on no further. */
const MOSAIC_LIGHT = 64;

/** The checks in the order in which they are reported. */
const CHECKS: Readonly<Record<BlockCheckName, BlockCheck>> = {
  /** Share of the blocks, of those that had light, that have less than a quarter of it left. Measured: 0. */
  black: {
    threshold: 0.02,
    figure(blocks) {
      const lit = blocks.filter(({ before }) => before >= BLACK);
      const lost = lit.filter(({ before, after }) => after < before / 4);
      return lost.length / Math.max(1, lit.length);
    },
  },
  /** Chroma of the mean colour's shift, of 255. Measured: up to 2.7. */
  "colour cast": {
    threshold: 8,
    figure: (blocks) => blockWeight(pixelsOf(blocks)) * chroma(meanShift(blocks)),
  },
  /**
   * Deviation of the blocks' shifts from their mean, root mean square, beyond what taking out noise
   * explains, of 255; it counts more where it is dark, where TLC's mosaics are. Measured: up to
   * 5.1, deblurring what a Gaussian of 2.5 pixels had blurred.
   */
  mosaic: {
    threshold: 8,
    figure(blocks) {
      const mean = meanShift(blocks);
      let sum = 0;
      for (const { shift, noise, before, pixels, weight } of blocks) {
        const deviation = Math.hypot(shift[0] - mean[0], shift[1] - mean[1], shift[2] - mean[2]);
        const light = Math.min(1, Math.max(1 / 2, before / MOSAIC_LIGHT));
        sum += pixels * (weight / light) ** 2 * (deviation ** 2 - noise);
      }
      return Math.sqrt(Math.max(0, sum / pixelsOf(blocks)));
    },
  },
  /** Light that dark blocks have gained, of 255, the 95th percentile. Measured: up to 1.1. */
  "blow-up": {
    threshold: 8,
    figure(blocks) {
      const dark = blocks.filter(({ before }) => before < DARK);
      const gains = dark.map(({ shift, weight }) => weight * luminance(...shift));
      return percentile(gains, 0.95);
    },
  },
  /**
   * Share of their light that dark blocks have lost, the median. Measured: up to 0.25, where the few dark
   * blocks lie along edges that were sharpened.
   */
  "crushed darks": {
    threshold: 0.4,
    figure(blocks) {
      const dark = blocks.filter(({ before }) => before >= MIN_LUMINANCE && before < DARK);
      const losses = dark.map(
        ({ before, shift, weight }) => (weight * -luminance(...shift)) / before,
      );
      return percentile(losses, 0.5);
    },
  },
  /** Colour that white blocks have gained, of 255, the 95th percentile. Measured: up to 2.3. */
  "tinted highlights": {
    threshold: 12,
    figure(blocks) {
      const white = blocks.filter(({ least }) => least > NEAR_WHITE);
      return percentile(
        white.map(({ shift, weight }) => weight * chroma(shift)),
        0.95,
      );
    },
  },
};

/** Checks the blocks of a result, by every check. */
export function checkBlocks(blocks: readonly BlockChange[]): Check[] {
  const names = Object.keys(CHECKS) as BlockCheckName[]; // the record's own keys
  return names.map((name) => {
    const { threshold } = CHECKS[name];
    const figure = CHECKS[name].figure(blocks);
    return { name, figure, threshold, passed: figure <= threshold };
  });
}

function pixelsOf(blocks: readonly BlockChange[]): number {
  return blocks.reduce((sum, { pixels }) => sum + pixels, 0) || 1;
}

function meanShift(blocks: readonly BlockChange[]): Rgb {
  const total = pixelsOf(blocks);
  const mean = (channel: 0 | 1 | 2): number =>
    blocks.reduce((sum, { pixels, shift }) => sum + pixels * shift[channel], 0) / total;
  return [mean(0), mean(1), mean(2)];
}

/** A percentile of values; 0 of none, and never less, since a figure tells how much of something there is. */
function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return Math.max(0, values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0);
}
