import * as tf from "@tensorflow/tfjs-core";

/** A step from one [n, h, w, c] tensor to the next. */
export type Step = (x: tf.Tensor4D) => tf.Tensor4D;

/**
 * The steps one after the other; each intermediate tensor is freed as soon as the next exists, which a
 * tf.tidy round them all would do only at the end. `x` itself stays the caller's.
 */
export function pipe(x: tf.Tensor4D, ...steps: Step[]): tf.Tensor4D {
  return tf.tidy(() => {
    let value = x;
    for (const step of steps) {
      const next = tf.tidy(() => step(value));
      if (value !== x && value !== next) value.dispose();
      value = next;
    }
    return value;
  });
}
