/** SimpleGate: the first half of the channels times the second. NAFNet (arXiv 2204.04676, section 3.3). */

import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { checkDivisible } from "../graph/checkDivisible.ts";
import { checkImageShape, type ImageShape, imageInput } from "./shapes.ts";

/**
 * @param x float32 [n, h, w, 2c]
 * @returns float32 [n, h, w, c]
 */
function simpleGate(x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const [n, h, w, channels] = x.shape;
    const size: [number, number, number, number] = [n, h, w, channels / 2];
    return tf.mul(tf.slice4d(x, [0, 0, 0, 0], size), tf.slice4d(x, [0, 0, 0, channels / 2], size));
  });
}

/** Checks the input's shape and returns the output's: half the channels. */
function checkSimpleGateShape(layer: string, shape: Shape | Shape[]): ImageShape {
  const [n, h, w, channels] = checkImageShape(layer, shape);
  checkDivisible(layer, channels, 2);
  return [n, h, w, channels / 2];
}

/** `simpleGate` as a layer; no weights. */
export class SimpleGate extends layers.Layer {
  /** The layer's name in saved models. */
  static readonly className: string = "SimpleGate";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = imageInput(this.name, inputs);
    checkSimpleGateShape(this.name, x.shape);
    return simpleGate(x);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkSimpleGateShape(this.name, inputShape);
  }
}

tf.serialization.registerClass(SimpleGate);
