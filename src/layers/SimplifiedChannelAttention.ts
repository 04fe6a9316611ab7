/**
 * Simplified channel attention: a factor for each channel, linear in the channels' means.
 * NAFNet (arXiv 2204.04676, section 3.4); with a window: TLC (arXiv 2112.04491).
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { invalidArgument, quoted } from "../base/errors.ts";
import type { TlcWindow } from "../graph/Graph.ts";
import { convolution } from "../graph/parameters.ts";
import { conv2d } from "./convolutions.ts";
import { globalMean, localMean } from "./localMean.ts";
import { type Parameters, ParametricLayer } from "./ParametricLayer.ts";
import {
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  type LayerArgs,
} from "./shapes.ts";

/**
 * mean(x) · kernel + bias; the block multiplies x by it.
 *
 * @param x float32 [n, h, w, c]
 * @param parameters `kernel` [1, 1, c, c] and `bias` [c]
 * @param window TLC's window, or null for the mean over the whole picture
 * @returns float32 [n, 1, 1, c], or [n, h, w, c] where a window is smaller than the picture
 */
export function simplifiedChannelAttention(
  x: tf.Tensor4D,
  parameters: Parameters,
  window: TlcWindow | null,
): tf.Tensor4D {
  return tf.tidy(() => {
    const mean = window === null ? globalMean(x) : localMean(x, window);
    return conv2d(mean, parameters);
  });
}

/** Checks the input's shape and returns the output's; null where it depends on the picture's size. */
function checkAttentionShape(
  layer: string,
  shape: Shape | Shape[],
  window: TlcWindow | null,
): ImageShape {
  const [n, h, w, c] = checkImageShape(layer, shape);
  if (window === null) return [n, 1, 1, c];
  if (h === null || w === null) return [n, null, null, c];
  return window[0] >= h && window[1] >= w ? [n, 1, 1, c] : [n, h, w, c];
}

/** Checks the option and returns it as [height, width] or null. */
export function checkTlcWindow(
  layer: string,
  window: TlcWindow | null | undefined,
): TlcWindow | null {
  if (window === null || window === undefined) return null;
  if (!Array.isArray(window) || window.length !== 2) {
    throw invalidArgument(`window of ${layer}`, "[height, width] or null", quoted(window));
  }
  const [height, width] = window;
  return [
    checkPositiveInteger(layer, "window[0]", height),
    checkPositiveInteger(layer, "window[1]", width),
  ];
}

export interface SimplifiedChannelAttentionArgs extends LayerArgs {
  /** TLC's window [height, width] in pixels; null: the whole picture. @default null */
  window?: TlcWindow | null;
}

/** `simplifiedChannelAttention` as a layer; weights `kernel` [1, 1, c, c] and `bias` [c]. */
export class SimplifiedChannelAttention extends ParametricLayer {
  /** The layer's name in saved models. */
  static readonly className: string = "SimplifiedChannelAttention";
  private readonly window: TlcWindow | null;

  constructor(args: SimplifiedChannelAttentionArgs = {}) {
    super(args);
    this.window = checkTlcWindow(this.name, args.window);
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , , c] = checkImageShape(this.name, inputShape);
    this.addParameters(c, convolution(1, c, c));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return simplifiedChannelAttention(this.inputOf(inputs), this.parameters, this.window);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkAttentionShape(this.name, inputShape, this.window);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), window: this.window === null ? null : [...this.window] };
  }
}

tf.serialization.registerClass(SimplifiedChannelAttention);
