/** The pixels that a mask marks: what its user painted. */

import { chunks, type Interruptible } from "../../base/interruptible.ts";
import type { Raster } from "../../image/Raster.ts";
import {
  aboveThreshold,
  HALF,
  histogramOf,
  levelsOf,
  middleShareOf,
  pixelsIn,
  thresholdOf,
} from "./levels.ts";

/** The pixels to fill in, and what is odd about their mask. */
export interface Holes {
  /** [height, width]: 1 in holes, else 0 */
  readonly data: Uint8Array;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/**
 * The share of a photograph's pixels that are neither dark nor nearly as light as its lightest: above a quarter in
 * 62 of the 64 photographs of the benchmark's four sets, and the other two are light all over. Of a mask it is the
 * soft edges.
 */
const PHOTOGRAPH_SHARE = 1 / 4;

/**
 * Finds the holes. They are what is light: half of the mask's lightest and above in any of red, green and blue, so
 * that a stroke of any colour counts on black.
 *
 * Where transparency differs between the pixels, a brush is visible, whatever its colours. What is visible of most of
 * the picture is a ground: its light is painted, and if it is all dark, or a photograph, holes were erased from it.
 *
 * @param mask any channels and depth
 * @param name the mask's, for notes
 */
export function* findHoles(mask: Raster, name: string): Interruptible<Holes> {
  const visible = yield* visiblePart(mask);
  const levels = yield* levelsOf(mask, "colour");
  const histogram = yield* histogramOf(levels, visible);
  // Scaling may have mixed the colour of transparent pixels into the edges, up to half of it.
  const threshold = visible === undefined ? thresholdOf(histogram) : HALF;
  const light = yield* aboveThreshold(levels, threshold, visible);
  const photograph = middleShareOf(histogram) > PHOTOGRAPH_SHARE;
  if (visible === undefined) {
    return { data: light, notes: notesOf(yield* coverageOf(mask, light), name, photograph) };
  }
  const hasLight = pixelsIn(histogram, threshold, histogram.length) > 0;
  const hasDark = pixelsIn(histogram, 0, threshold) > 0;
  const { share, surrounds } = yield* coverageOf(mask, visible);
  let data = visible;
  if (share > 0.5 && hasLight && hasDark && !photograph) data = light;
  else if (surrounds && (photograph || !hasLight)) data = yield* others(visible);
  return { data, notes: notesOf(yield* coverageOf(mask, data), name, false) };
}

/** 1 where a mask is visible; undefined where it has no alpha, or one that says nothing. */
function* visiblePart(mask: Raster): Interruptible<Uint8Array | undefined> {
  if (mask.channels === 1 || mask.channels === 3) return undefined;
  const levels = yield* levelsOf(mask, "alpha");
  const threshold = thresholdOf(yield* histogramOf(levels, undefined));
  const visible = yield* aboveThreshold(levels, threshold, undefined);
  return visible.includes(0) && visible.includes(1) ? visible : undefined;
}

/** The other pixels. */
function* others(pixels: Uint8Array): Interruptible<Uint8Array> {
  const out = new Uint8Array(pixels.length);
  for (const [start, end] of chunks(out.length)) {
    for (let i = start; i < end; i++) out[i] = 1 - pixels[i]!;
    yield;
  }
  return out;
}

/** How much of the picture some pixels are. */
interface Coverage {
  /** 0–1 */
  readonly share: number;
  /** Whether they are more than half of the picture, and of its border. */
  readonly surrounds: boolean;
}

function* coverageOf({ width, height }: Raster, pixels: Uint8Array): Interruptible<Coverage> {
  let sum = 0;
  for (const [start, end] of chunks(pixels.length)) {
    for (let i = start; i < end; i++) sum += pixels[i]!;
    yield;
  }
  let border = 0;
  let borderSum = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) {
      border++;
      borderSum += pixels[y * width + x]!;
    }
  }
  const share = sum / pixels.length;
  return { share, surrounds: share > 0.5 && borderSum / border > 0.5 };
}

function notesOf({ share, surrounds }: Coverage, name: string, photograph: boolean): string[] {
  const mask = `The mask (${name})`;
  if (share === 0) {
    return [`${mask} marks nothing, so that nothing is filled in; paint the holes white.`];
  }
  if (share === 1) {
    return [`${mask} marks the whole picture, of which nothing is kept; paint the rest black.`];
  }
  const percent = Math.round(100 * share);
  const notes: string[] = [];
  if (photograph) {
    notes.push(
      `${mask} looks like a photograph; its light part, ${percent} % of it, is filled in. Paint the holes white, on black or on a transparent layer.`,
    );
  }
  if (surrounds) {
    notes.push(
      `${mask} marks ${percent} % of the picture and most of its border, so that it may be inverted; what is painted is filled in.`,
    );
  }
  return notes;
}
