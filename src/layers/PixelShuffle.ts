/**
 * PixelShuffle: channels to pixels, in PyTorch's order of channels.
 * Sub-pixel convolution (arXiv 1609.05158, section 3.2); reference: torch.nn.PixelShuffle.
 */

import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { checkDivisible } from "../graph/checkDivisible.ts";
import {
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  imageInput,
  type LayerArgs,
} from "./shapes.ts";

/**
 * Channel c·r² + r·dy + dx goes to channel c at (r·y + dy, r·x + dx).
 *
 * Porting note: tf.depthToSpace takes its channels in the order (dy, dx, c), hence the transpose.
 *
 * @param x float32 [n, h, w, c·r²]
 * @param upscaleFactor r
 * @returns float32 [n, r·h, r·w, c]
 */
function pixelShuffle(x: tf.Tensor4D, upscaleFactor: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [n, h, w, channels] = x.shape;
    const r = upscaleFactor;
    const c = channels / (r * r);
    const split = tf.reshape(x, [n * h, w, c, r, r]); // [n·h, w, c, dy, dx]
    const ordered = tf.transpose(split, [0, 3, 1, 4, 2]); // [n·h, dy, w, dx, c]
    return tf.reshape(ordered, [n, h * r, w * r, c]);
  });
}

/** Checks the input's shape and returns the output's. */
function checkPixelShuffleShape(
  layer: string,
  shape: Shape | Shape[],
  upscaleFactor: number,
): ImageShape {
  const r = upscaleFactor;
  const [n, h, w, channels] = checkImageShape(layer, shape);
  checkDivisible(layer, channels, r * r);
  return [n, h === null ? null : h * r, w === null ? null : w * r, channels / (r * r)];
}

export interface PixelShuffleArgs extends LayerArgs {
  /** Factor by which the result is wider and higher. @default 2 */
  upscaleFactor?: number;
}

/** `pixelShuffle` as a layer; no weights. */
export class PixelShuffle extends layers.Layer {
  /** The layer's name in saved models. */
  static readonly className: string = "PixelShuffle";
  private readonly upscaleFactor: number;

  constructor(args: PixelShuffleArgs = {}) {
    super(args);
    this.upscaleFactor = checkPositiveInteger(this.name, "upscaleFactor", args.upscaleFactor ?? 2);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = imageInput(this.name, inputs);
    checkPixelShuffleShape(this.name, x.shape, this.upscaleFactor);
    return pixelShuffle(x, this.upscaleFactor);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkPixelShuffleShape(this.name, inputShape, this.upscaleFactor);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), upscaleFactor: this.upscaleFactor };
  }
}

tf.serialization.registerClass(PixelShuffle);
