/** The changes of each block's mean by restoration, in the terms of the checks. */

import { luminance } from "../../image/luminance.ts";
import type { BlockMeans } from "./blockMeans.ts";

/** Pixels over which noise averages out as far as the thresholds expect; blocks of fewer count less. */
const FULL_BLOCK = 256;
/**
 * Noise that is clipped at black or white moves the mean, at most by 0.4 of its sigma, where what is left
 * of it has a roughness of 0.52 sigma and the mean is 0.8 of that roughness away from the end. Taking the
 * noise out moves it back, by 0.8 of the roughness, which is no fault. Where the mean is 2 of its roughness
 * away, hardly any noise is clipped.
 */
const CLIPPED_NOISE = 0.8;
const CLIPPED_WITHIN = 0.8;
const UNCLIPPED_FROM = 2;
/** Mean difference of two values of Gaussian noise: 2 / √π of its sigma. */
const ROUGHNESS_OF_NOISE = 1.128;

/** A colour, or a change of one. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A block before and after restoration; all values of 255. */
export interface BlockChange {
  readonly pixels: number;
  /** 1, and less for a block of fewer than 256 pixels, whose mean noise moves further. */
  readonly weight: number;
  /** Luminance before; `after` is the one after. */
  readonly before: number;
  readonly after: number;
  /** The least of the three channels before. */
  readonly least: number;
  /** After minus before, without what taking out clipped noise explains. */
  readonly shift: Rgb;
  /** Square of the shift that taking out noise of that roughness explains. */
  readonly noise: number;
}

/**
 * The blocks of a result that is blended with the picture it was made from.
 *
 * @param strength 0–1, the result's share; means of a blend are blends of the means
 */
export function blockChanges(means: BlockMeans, strength: number): BlockChange[] {
  const { counts, input, output, roughness } = means;
  const rgb = (of: (at: number) => number, block: number): Rgb => [
    255 * of(3 * block),
    255 * of(3 * block + 1),
    255 * of(3 * block + 2),
  ];
  const changes: BlockChange[] = [];
  for (const [block, pixels] of counts.entries()) {
    if (pixels === 0) continue;
    const colour = rgb((at) => input[at]!, block);
    const rough = rgb((at) => roughness[at]!, block);
    const change = rgb((at) => strength * (output[at]! - input[at]!), block);
    const shift = change.map((value, c) => {
      const explained = strength * clippedNoise(colour[c]!, rough[c]!);
      return Math.sign(value) * Math.max(0, Math.abs(value) - explained);
    });
    const before = luminance(...colour);
    changes.push({
      pixels,
      weight: blockWeight(pixels),
      before,
      after: before + luminance(...change),
      least: Math.min(...colour),
      shift: [shift[0]!, shift[1]!, shift[2]!],
      noise: (strength * (Math.hypot(...rough) / ROUGHNESS_OF_NOISE)) ** 2 / pixels,
    });
  }
  return changes;
}

/** The shift that taking out clipped noise explains, of a mean of 0–255 with this roughness. */
function clippedNoise(mean: number, roughness: number): number {
  if (roughness === 0) return 0;
  const distance = Math.min(mean, 255 - mean) / roughness;
  const share = (UNCLIPPED_FROM - distance) / (UNCLIPPED_FROM - CLIPPED_WITHIN);
  return CLIPPED_NOISE * roughness * Math.min(1, Math.max(0, share));
}

/** A block's weight. The mean of few pixels is moved further by noise: by 1/√pixels of its sigma. */
export function blockWeight(pixels: number): number {
  return Math.min(1, Math.sqrt(pixels / FULL_BLOCK));
}

/** Distance of a colour from grey: the length of what is left without its luminance. */
export function chroma(rgb: Rgb): number {
  const grey = luminance(...rgb);
  return Math.hypot(rgb[0] - grey, rgb[1] - grey, rgb[2] - grey);
}
