/**
 * LayerNorm2d: layer normalisation over the channels at each pixel.
 * NAFNet (arXiv 2204.04676, section 3.2); reference: `LayerNorm2d` in basicsr/models/archs/arch_util.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { invalidArgument } from "../base/errors.ts";
import { layerNormParameters } from "../graph/parameters.ts";
import { type Parameters, ParametricLayer } from "./ParametricLayer.ts";
import { checkImageShape, type LayerArgs } from "./shapes.ts";

/** Added to the variance, inside the root: the default of the reference's LayerNorm2d. */
export const LAYER_NORM_EPSILON = 1e-6;

/**
 * y = (x − mean) / √(variance + ε) · weight + bias, with the biased variance, over the channels.
 *
 * @param x float32 [n, h, w, c]
 * @param parameters `weight` [c] and `bias` [c]
 * @returns float32 [n, h, w, c]
 */
export function layerNorm2d(
  x: tf.Tensor4D,
  parameters: Parameters,
  epsilon: number = LAYER_NORM_EPSILON,
): tf.Tensor4D {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, 3, true)); // [n, h, w, c]
    const variance = tf.tidy(() => tf.mean(tf.square(centred), 3, true)); // [n, h, w, 1]
    const normalised = tf.tidy(() => tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))));
    centred.dispose();
    return tf.add(tf.mul(normalised, parameters.vector("weight")), parameters.vector("bias"));
  });
}

export interface LayerNorm2dArgs extends LayerArgs {
  /** Added to the variance. @default 1e-6 */
  epsilon?: number;
}

/** `layerNorm2d` as a layer; weights `weight` and `bias`, [c] each. */
export class LayerNorm2d extends ParametricLayer {
  /** The layer's name in saved models. */
  static readonly className: string = "LayerNorm2d";
  private readonly epsilon: number;

  constructor(args: LayerNorm2dArgs = {}) {
    super(args);
    this.epsilon = checkEpsilon(this.name, args.epsilon ?? LAYER_NORM_EPSILON);
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , , c] = checkImageShape(this.name, inputShape);
    this.addParameters(c, layerNormParameters(c));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return layerNorm2d(this.inputOf(inputs), this.parameters, this.epsilon);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkImageShape(this.name, inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

function checkEpsilon(layer: string, epsilon: number): number {
  if (Number.isFinite(epsilon) && epsilon >= 0) return epsilon;
  throw invalidArgument(`epsilon of ${layer}`, "a number ≥ 0", epsilon);
}

tf.serialization.registerClass(LayerNorm2d);
