/** CropLike: cuts what {@link PadToMultiple} added. Reference: the end of `NAFNet.forward`. */

import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { invalidArgument, quoted } from "../base/errors.ts";
import { checkImageShape, type ImageShape, imageInput } from "./shapes.ts";

/**
 * Checks the shapes [picture, like] and returns the output's: `like`'s height and width, the picture's channels.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
function checkCropLikeShape(layer: string, shapes: Shape | Shape[]): ImageShape {
  const [picture, like] = shapes;
  if (shapes.length !== 2 || !Array.isArray(picture) || !Array.isArray(like)) {
    throw invalidArgument(layer, "the shapes [picture, like]", quoted(shapes));
  }
  const [n, height, width, c] = checkImageShape(layer, picture);
  const [, h, w] = checkImageShape(layer, like);
  if ((h ?? 0) > (height ?? Infinity) || (w ?? 0) > (width ?? Infinity)) {
    const least = `a picture of at least ${h}x${w} (height x width)`;
    throw invalidArgument(layer, least, `${height}x${width}`);
  }
  return [n, h, w, c];
}

/** The first input cut at the bottom and on the right to the second's height and width; no weights. */
export class CropLike extends layers.Layer {
  /** The layer's name in saved models. */
  static readonly className: string = "CropLike";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const tensors = Array.isArray(inputs) ? inputs : [inputs];
    checkCropLikeShape(
      this.name,
      tensors.map((t) => t.shape),
    );
    const [x, like] = tensors.map((t) => imageInput(this.name, t)) as [tf.Tensor4D, tf.Tensor4D]; // two: checked above
    const [n, , , c] = x.shape;
    return tf.slice4d(x, [0, 0, 0, 0], [n, like.shape[1], like.shape[2], c]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkCropLikeShape(this.name, inputShape);
  }
}

tf.serialization.registerClass(CropLike);
