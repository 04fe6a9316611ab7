/**
 * PadToMultiple: zeros at the bottom and on the right, so that the U can halve the picture level by level.
 * Reference: `NAFNet.check_image_size` in basicsr/models/archs/NAFNet_arch.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { roundUp } from "../graph/roundUp.ts";
import {
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  imageInput,
  type LayerArgs,
} from "./shapes.ts";

/**
 * @param x float32 [n, h, w, c]
 * @returns float32 [n, h', w', c], h' and w' rounded up to a multiple
 */
function padToMultiple(x: tf.Tensor4D, multiple: number): tf.Tensor4D {
  const [, h, w] = x.shape;
  const bottom = roundUp(h, multiple) - h;
  const right = roundUp(w, multiple) - w;
  return bottom === 0 && right === 0
    ? tf.clone(x)
    : tf.pad4d(x, [
        [0, 0],
        [0, bottom],
        [0, right],
        [0, 0],
      ]);
}

/** Checks the input's shape and returns the output's. */
function checkPadToMultipleShape(
  layer: string,
  shape: Shape | Shape[],
  multiple: number,
): ImageShape {
  const [n, h, w, c] = checkImageShape(layer, shape);
  return [n, h === null ? null : roundUp(h, multiple), w === null ? null : roundUp(w, multiple), c];
}

export interface PadToMultipleArgs extends LayerArgs {
  /** Height and width are rounded up to a multiple of it. */
  multiple: number;
}

/** `padToMultiple` as a layer; no weights. */
export class PadToMultiple extends layers.Layer {
  /** The layer's name in saved models. */
  static readonly className: string = "PadToMultiple";
  private readonly multiple: number;

  constructor(args: PadToMultipleArgs) {
    super(args);
    this.multiple = checkPositiveInteger(this.name, "multiple", args.multiple);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return padToMultiple(imageInput(this.name, inputs), this.multiple);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkPadToMultipleShape(this.name, inputShape, this.multiple);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), multiple: this.multiple };
  }
}

tf.serialization.registerClass(PadToMultiple);
