/** Shape checks shared by the layers: a pure function each, which returns what it checked. */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { layers, Shape } from "@tensorflow/tfjs-layers";
import { NafnetError } from "../base/errors.ts";

/** The arguments that every tfjs layer takes (`name`, `inputShape`, `trainable`, …). */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** [n, h, w, c]; the spatial dimensions and the batch may be unknown (null), the channels may not. */
export type ImageShape = [n: number | null, h: number | null, w: number | null, c: number];

/**
 * Checks that `shape` is one [n, h, w, c] with known channels.
 *
 * @param layer the layer's name, for the message
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function checkImageShape(layer: string, shape: Shape | Shape[]): ImageShape {
  const [n = null, h = null, w = null, c] = shape;
  if (
    shape.length !== 4 ||
    Array.isArray(n) ||
    Array.isArray(h) ||
    Array.isArray(w) ||
    typeof c !== "number" ||
    c < 1
  ) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected one input of shape [n, h, w, c] with known channels for ${layer} but received ${JSON.stringify(shape)}.`,
    );
  }
  return [n, h, w, c];
}

/**
 * Checks that the channels divide by `divisor`.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function checkDivisible(layer: string, channels: number, divisor: number): void {
  if (channels % divisor !== 0) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected channels divisible by ${divisor} for ${layer} but received ${channels}.`,
    );
  }
}

/**
 * Checks a layer option that must be a whole number ≥ 1.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function checkPositiveInteger(layer: string, option: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected an integer ≥ 1 for ${option} of ${layer} but received ${value}.`,
    );
  }
  return value;
}

/** The one [n, h, w, c] tensor that tfjs hands to `call`, alone or in a list of one. */
export function imageInput(layer: string, inputs: Tensor | Tensor[]): Tensor4D {
  const [x, second] = Array.isArray(inputs) ? inputs : [inputs];
  if (x === undefined || second !== undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected one input tensor for ${layer} but received ${Array.isArray(inputs) ? inputs.length : 0}.`,
    );
  }
  checkImageShape(layer, x.shape);
  return x as Tensor4D; // the rank has just been checked
}
