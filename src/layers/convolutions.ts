/** The network's two convolutions: stride 1, zero padding so that height and width stay. */

import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "./ParametricLayer.ts";

/**
 * @param x float32 [n, h, w, c]
 * @param parameters `kernel` [kh, kw, c, d] and maybe `bias` [d]
 * @returns float32 [n, h, w, d]
 */
export function conv2d(x: tf.Tensor4D, parameters: Parameters): tf.Tensor4D {
  const bias = parameters.bias();
  const filter = parameters.kernel();
  return bias === undefined
    ? tf.conv2d(x, filter, 1, "same")
    : tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias });
}

/**
 * Each channel with its own kernel.
 *
 * @param x float32 [n, h, w, c]
 * @param parameters `kernel` [kh, kw, c, 1] and maybe `bias` [c]
 * @returns float32 [n, h, w, c]
 */
export function depthwiseConv2d(x: tf.Tensor4D, parameters: Parameters): tf.Tensor4D {
  const bias = parameters.bias();
  const filter = parameters.kernel();
  return bias === undefined
    ? tf.depthwiseConv2d(x, filter, 1, "same")
    : tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias });
}
