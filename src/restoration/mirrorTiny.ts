import type { Plan, RunResult } from "../engine/Engine.ts";
import type { FloatImage } from "../image/FloatImage.ts";

/**
 * The least side of a picture that the network sees as it is. Networks pad with zeros, to a multiple of 16 and in each
 * convolution, which a tiny picture has hardly anything to set against: 1x1 moved by up to 57 of 255.
 *
 * Measured by the default `denoise` weights on crops of bench/kodak24 with noise of sigma 25, in dB, as they are and
 * mirrored to 32 (to 64): 1x1 19.1, 20.5 (20.5); 8x8 25.9, 29.3 (29.1); 16x16 29.1, 30.2 (30.1); 24x24 28.2, 29.6
 * (29.6); 31x17 28.3, 29.9 (30.0). Repeated edges gain less (8x8 27.0), and so does mirroring to the right and below
 * alone (24x24 29.4). From 32 pixels on a result is the reference implementation's.
 */
const LEAST_SIDE_PX = 32;
/**
 * The multiple that the default networks, of four levels, pad a picture to. Where mirror images fill that, too, 20x100
 * has 30.5 instead of 30.3 dB, and 1x40 of a pure red moves by 2 instead of 21 at its ends.
 */
const PADDING_MULTIPLE = 16;

/**
 * A plan that gives the network tiny pictures with their mirror images on all sides, and returns their part of the
 * result.
 *
 * @param channels of the network
 */
export function mirrorTiny(plan: Plan, channels: number): Plan {
  /** Bytes of the picture that is held beside the mirrored one. */
  const heldBytes = ({ width, height }: Size): number =>
    isTiny({ width, height }) ? width * height * channels * Float32Array.BYTES_PER_ELEMENT : 0;
  return {
    engine: plan.engine,
    isa: plan.isa,
    threads: plan.threads,
    precision: plan.precision,
    async estimate(width, height) {
      const size = mirroredSize({ width, height });
      const estimate = await plan.estimate(size.width, size.height);
      return { ...estimate, memoryBytes: estimate.memoryBytes + heldBytes({ width, height }) };
    },
    async run(image, options) {
      if (!isTiny(image)) return plan.run(image, options);
      const result = await plan.run(mirrored(image), options);
      const { peakMemoryBytes } = result.report;
      const peak = peakMemoryBytes === null ? null : peakMemoryBytes + heldBytes(image);
      return { ...middle(result, image), report: { ...result.report, peakMemoryBytes: peak } };
    },
    dispose: () => plan.dispose(),
  };
}

type Size = Pick<FloatImage, "width" | "height">;

function isTiny({ width, height }: Size): boolean {
  return Math.min(width, height) < LEAST_SIDE_PX;
}

function mirroredSize(size: Size): Size {
  if (!isTiny(size)) return size;
  const side = (least: number): number =>
    Math.max(LEAST_SIDE_PX, Math.ceil(least / PADDING_MULTIPLE) * PADDING_MULTIPLE);
  return { width: side(size.width), height: side(size.height) };
}

/** The picture in the middle, and around it its mirror images, edges included. */
function mirrored(image: FloatImage): FloatImage {
  const size = mirroredSize(image);
  return remapped(image, size, (at, side, most) => mirroredIndex(at - margin(most, side), side));
}

/** The middle of a result: what {@link mirrored} had put there. */
function middle(result: RunResult, size: Size): FloatImage {
  return remapped(result, size, (at, most, side) => at + margin(most, side));
}

/** Pixels before the picture, of `most` in all. */
function margin(most: number, side: number): number {
  return Math.floor((most - side) / 2);
}

/** The place in a row of `side` pixels, which is repeated forwards and backwards for ever. */
function mirroredIndex(at: number, side: number): number {
  const period = 2 * side;
  const phase = ((at % period) + period) % period;
  return Math.min(phase, period - 1 - phase);
}

/**
 * A picture of another size.
 *
 * @param from for a column or a row, the one of the image, of that many, by the one of the new picture, of that many
 */
function remapped(
  image: FloatImage,
  { width, height }: Size,
  from: (at: number, side: number, newSide: number) => number,
): FloatImage {
  const { channels } = image;
  const data = new Float32Array(width * height * channels);
  for (let y = 0, at = 0; y < height; y++) {
    const row = image.width * from(y, image.height, height);
    for (let x = 0; x < width; x++, at += channels) {
      const start = channels * (row + from(x, image.width, width));
      for (let c = 0; c < channels; c++) data[at + c] = image.data[start + c]!;
    }
  }
  return { width, height, channels, data };
}
