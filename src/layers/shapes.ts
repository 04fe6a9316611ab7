/** Shape checks shared by the layers: a pure function each, which returns what it checked. */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { layers, Shape } from "@tensorflow/tfjs-layers";
import { invalidArgument, quoted } from "../base/errors.ts";

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
    const expected = "one input of shape [n, h, w, c] with known channels";
    throw invalidArgument(layer, expected, quoted(shape));
  }
  return [n, h, w, c];
}

/**
 * Checks a layer option that must be a whole number ≥ 1.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function checkPositiveInteger(layer: string, option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw invalidArgument(`${option} of ${layer}`, "an integer ≥ 1", value);
}

/** The one [n, h, w, c] tensor that tfjs hands to `call`, alone or in a list of one. */
export function imageInput(layer: string, inputs: Tensor | Tensor[]): Tensor4D {
  const [x, second] = Array.isArray(inputs) ? inputs : [inputs];
  if (x === undefined || second !== undefined) {
    throw invalidArgument(layer, "one input tensor", Array.isArray(inputs) ? inputs.length : 0);
  }
  checkImageShape(layer, x.shape);
  return x as Tensor4D; // the rank has just been checked
}
