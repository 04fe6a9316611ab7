/**
 * A network's float RGB to a raster with the original's layout.
 */
import { invalidArgument } from "../base/errors.ts";
import { chunks, type Interruptible } from "../base/interruptible.ts";
import { quantizeChunks } from "./quantize.ts";
import type { Raster } from "./Raster.ts";
import { toDepth } from "./toDepth.ts";

/** The original picture's layout, into which its restored colour is put back. */
export interface RasterLayout {
  readonly width: number;
  readonly height: number;
  /** True: one grey channel, the mean of the three. */
  readonly grey: boolean;
  /** The single-channel alpha to carry over, of the same size, at any depth; see `alphaOf`. */
  readonly alpha: Raster | undefined;
}

/**
 * Makes a raster of float colour and the original's layout: grey stays grey, alpha is carried over
 * unchanged (rescaled exactly when the depth changes between 8 and 16). In pieces, for large pictures.
 *
 * @param colour float32 [height, width, 3], nominally 0-1, clamped here
 * @param layout size, grey or RGB, and alpha
 * @param bitDepth 8 or 16, of the result
 * @returns a new raster with 1, 2, 3 or 4 channels
 * @throws NafnetError INVALID_ARGUMENT when sizes disagree or a value is NaN
 */
export function* assembleRaster(
  colour: Float32Array,
  layout: RasterLayout,
  bitDepth: 8 | 16,
): Interruptible<Raster> {
  const { width, height, grey } = layout;
  const pixels = width * height;
  if (colour.length !== pixels * 3) {
    throw invalidArgument(`${width}x${height}x3`, `${pixels * 3} values of colour`, colour.length);
  }
  const values = yield* quantizeChunks(grey ? yield* meanOfChannels(colour) : colour, bitDepth);
  const colourChannels = grey ? 1 : 3;
  if (layout.alpha === undefined) {
    return { width, height, channels: colourChannels, bitDepth, data: values };
  }
  const alpha = toDepth(layout.alpha, bitDepth).data;
  if (alpha.length !== pixels) {
    throw invalidArgument(`${width}x${height}`, `${pixels} values of alpha`, alpha.length);
  }
  const channels = grey ? 2 : 4;
  const data =
    bitDepth === 8 ? new Uint8Array(pixels * channels) : new Uint16Array(pixels * channels);
  for (const [start, end] of chunks(pixels)) {
    for (let pixel = start; pixel < end; pixel++) {
      for (let channel = 0; channel < colourChannels; channel++) {
        data[pixel * channels + channel] = values[pixel * colourChannels + channel]!;
      }
      data[pixel * channels + colourChannels] = alpha[pixel]!;
    }
    yield;
  }
  return { width, height, channels, bitDepth, data };
}

function* meanOfChannels(colour: Float32Array): Interruptible<Float32Array> {
  const grey = new Float32Array(colour.length / 3);
  for (const [start, end] of chunks(grey.length)) {
    for (let pixel = start; pixel < end; pixel++) {
      grey[pixel] = (colour[pixel * 3]! + colour[pixel * 3 + 1]! + colour[pixel * 3 + 2]!) / 3;
    }
    yield;
  }
  return grey;
}
