/** The fourth channel of inpainting networks, in and out. */

import { chunks, type Interruptible } from "../../base/interruptible.ts";
import type { FloatImage } from "../../image/FloatImage.ts";

/**
 * The input of an inpainting network: the fourth channel is 1 in holes, where the colour, which means nothing
 * there, is 0.
 *
 * @param colour float32 [height, width, 3]
 * @param holes [height, width]: 1 in holes, else 0
 * @returns float32 [height, width, 4]
 */
export function* addMaskChannel(
  colour: Float32Array,
  holes: Uint8Array,
): Interruptible<Float32Array> {
  const data = new Float32Array((colour.length / 3) * 4);
  for (const [start, end] of chunks(colour.length / 3)) {
    for (let pixel = start; pixel < end; pixel++) {
      if (holes[pixel] === 1) data[4 * pixel + 3] = 1;
      else for (let c = 0; c < 3; c++) data[4 * pixel + c] = colour[3 * pixel + c]!;
    }
    yield;
  }
  return data;
}

/**
 * The RGB of a network's result, which has as many channels as its input.
 *
 * @returns float32 [height, width, 3]: a new array, but the result's own where it has 3 channels
 */
export function* dropMaskChannel({ data, channels }: FloatImage): Interruptible<Float32Array> {
  if (channels === 3) return data;
  const colour = new Float32Array((data.length / channels) * 3);
  for (const [start, end] of chunks(colour.length / 3)) {
    for (let pixel = start; pixel < end; pixel++) {
      for (let c = 0; c < 3; c++) colour[3 * pixel + c] = data[channels * pixel + c]!;
    }
    yield;
  }
  return colour;
}
