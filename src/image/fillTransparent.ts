/**
 * Colour of pixels with alpha 0.
 */

import { chunks, type Interruptible } from "../base/interruptible.ts";
import { maxValueOf, type Raster } from "./Raster.ts";

/**
 * Gives pixels of alpha 0 the colour of the nearest visible one, in place. A network looks at a pixel's
 * surroundings, and the colour that programs leave under transparency, black as a rule, would come out as a
 * dark rim of the visible part.
 *
 * Nearest by two sweeps over the picture (Danielsson 1980, "Euclidean distance mapping"): exact but for rare
 * ties a fraction of a pixel away, at a cost that does not depend on the picture.
 *
 * @param colour float32 [height, width, 3]; changed
 * @param alpha one channel of the same size
 */
export function* fillTransparent(colour: Float32Array, alpha: Raster): Interruptible<void> {
  const { width, height, data } = alpha;
  if (!data.includes(0)) return;
  // Each pixel's nearest visible one known so far: itself, another, or NO_PIXEL.
  const nearest = new Int32Array(width * height);
  for (const [start, end] of chunks(nearest.length)) {
    for (let pixel = start; pixel < end; pixel++)
      nearest[pixel] = data[pixel] === 0 ? NO_PIXEL : pixel;
    yield;
  }
  yield* sweep(nearest, width, height, 1);
  yield* sweep(nearest, width, height, -1);
  for (const [start, end] of chunks(nearest.length)) {
    for (let pixel = start; pixel < end; pixel++) {
      const from = nearest[pixel]!;
      if (from === pixel || from === NO_PIXEL) continue;
      for (let c = 0; c < 3; c++) colour[3 * pixel + c] = colour[3 * from + c]!;
    }
    yield;
  }
}

/** No visible pixel known. */
const NO_PIXEL = -1;

/** Passes over the picture downwards (step 1) or upwards (-1), in each row there and back. */
function* sweep(
  nearest: Int32Array,
  width: number,
  height: number,
  step: 1 | -1,
): Interruptible<void> {
  const rowsPerChunk = Math.max(1, Math.floor(2 ** 17 / width));
  for (let done = 0; done < height; done++) {
    const y = step === 1 ? done : height - 1 - done;
    const before = y - step;
    const hasBefore = before >= 0 && before < height;
    for (const direction of [step, -step]) {
      for (let i = 0; i < width; i++) {
        const x = direction === 1 ? i : width - 1 - i;
        const pixel = y * width + x;
        if (nearest[pixel] === pixel) continue;
        if (x - direction >= 0 && x - direction < width) consider(pixel, pixel - direction);
        if (!hasBefore || direction !== step) continue;
        for (let dx = -1; dx <= 1; dx++) {
          if (x + dx >= 0 && x + dx < width) consider(pixel, before * width + x + dx);
        }
      }
    }
    if (done % rowsPerChunk === 0) yield;
  }

  /** Takes a neighbour's nearest pixel if it is nearer than the one known. */
  function consider(pixel: number, neighbour: number): void {
    const candidate = nearest[neighbour]!;
    if (candidate === NO_PIXEL) return;
    const known = nearest[pixel]!;
    if (known === NO_PIXEL || distance(pixel, candidate) < distance(pixel, known)) {
      nearest[pixel] = candidate;
    }
  }

  function distance(a: number, b: number): number {
    const dx = (a % width) - (b % width);
    const dy = Math.floor(a / width) - Math.floor(b / width);
    return dx * dx + dy * dy;
  }
}

/**
 * Puts the original's own colour back under alpha 0, in place.
 *
 * @param colour float32 [height, width, 3]; changed
 * @param raster the original, with alpha
 */
export function* restoreTransparent(colour: Float32Array, raster: Raster): Interruptible<void> {
  const { channels, data } = raster;
  const max = maxValueOf(raster.bitDepth);
  const colours = channels - 1;
  for (const [start, end] of chunks(raster.width * raster.height)) {
    for (let pixel = start; pixel < end; pixel++) {
      const from = pixel * channels;
      if (data[from + colours] !== 0) continue;
      for (let c = 0; c < 3; c++)
        colour[3 * pixel + c] = data[from + (colours === 1 ? 0 : c)]! / max;
    }
    yield;
  }
}
