/** The network's two convolutions: stride 1, zero padding so that height and width stay. */

import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "./ParametricLayer.ts";

/**
 * One of several equal parts of a convolution's output channels.
 *
 * Where the reference cuts a tensor along its channels, we compute the parts apart: a picture is then
 * never held with all its channels, and never cut, which tfjs-backend-wasm does pixel by pixel in
 * JavaScript (a quarter of a run's time).
 */
export interface ChannelPart {
  readonly index: number;
  readonly count: number;
}

/**
 * @param x float32 [n, h, w, c]
 * @param parameters `kernel` [kh, kw, c, d] and maybe `bias` [d]
 * @param part which of the output channels; all of them if left out
 * @returns float32 [n, h, w, d], or [n, h, w, d/count]
 */
export function conv2d(x: tf.Tensor4D, parameters: Parameters, part?: ChannelPart): tf.Tensor4D {
  return tf.tidy(() => {
    const bias = parameters.bias();
    return convolve(x, partOf(parameters.kernel(), 3, part), bias && partOf(bias, 0, part));
  });
}

/** The convolution itself, its bias added in the same kernel. */
export function convolve(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
): tf.Tensor4D {
  return bias === undefined
    ? tf.conv2d(x, filter, 1, "same")
    : tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias });
}

/**
 * Each channel with its own kernel.
 *
 * @param x float32 [n, h, w, c], or [n, h, w, c/count]: the channels of `part`
 * @param parameters `kernel` [kh, kw, c, 1] and maybe `bias` [c]
 * @param part which of the channels; all of them if left out
 * @returns float32, shape of `x`
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  parameters: Parameters,
  part?: ChannelPart,
): tf.Tensor4D {
  return tf.tidy(() => {
    const filter = partOf(parameters.kernel(), 2, part);
    const bias = parameters.bias();
    if (bias === undefined) return tf.depthwiseConv2d(x, filter, 1, "same");
    const fused = { x, filter, strides: 1, pad: "same", bias: partOf(bias, 0, part) } as const;
    return tf.fused.depthwiseConv2d(fused);
  });
}

function partOf<T extends tf.Tensor>(weights: T, axis: number, part: ChannelPart | undefined): T {
  if (part === undefined) return weights;
  const channels = (weights.shape[axis] ?? 0) / part.count;
  const begin = weights.shape.map((_, i) => (i === axis ? part.index * channels : 0));
  const size = weights.shape.map((length, i) => (i === axis ? channels : length));
  return tf.slice(weights, begin, size);
}
