/**
 * The means that channel attention is computed from: of the whole picture, or of a window round each
 * pixel (TLC, arXiv 2112.04491, section 3.3; reference: basicsr/models/archs/local_arch.py).
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TlcWindow } from "../graph/Graph.ts";
import { pipe } from "./pipe.ts";

/**
 * Mean over the whole picture.
 *
 * Porting note: rows first, then their means. One float32 sum over 24 megapixels loses three digits;
 * two sums over a few thousand values each do not.
 *
 * @param x float32 [n, h, w, c]
 * @returns float32 [n, 1, 1, c]
 */
export function globalMean(x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mean(tf.mean(x, 2, true), 1, true));
}

/**
 * Mean over a window round each pixel. Windows are moved by one pixel and never leave the picture; what
 * is missing at the border is the nearest window's mean. A window that covers the picture gives the
 * global mean.
 *
 * @param x float32 [n, h, w, c]
 * @returns float32 [n, h, w, c], or [n, 1, 1, c] where the window covers the picture
 */
export function localMean(x: tf.Tensor4D, [windowHeight, windowWidth]: TlcWindow): tf.Tensor4D {
  const [, h, w] = x.shape;
  if (windowHeight >= h && windowWidth >= w) return globalMean(x);
  return pipe(
    x,
    (t) => slidingMean(t, windowHeight, 1),
    (t) => slidingMean(t, windowWidth, 2),
  );
}

/** Mean of `window` neighbours along `axis`, borders replicated. */
function slidingMean(x: tf.Tensor4D, window: number, axis: 1 | 2): tf.Tensor4D {
  return tf.tidy(() => {
    const size = x.shape[axis];
    const k = Math.min(window, size);
    const lastWindow = size - k;
    const padBefore = Math.floor((size - (lastWindow + 1)) / 2);
    // The output at i is the window that starts at i − padBefore, clamped to those inside the picture.
    const start = Int32Array.from({ length: size }, (_, i) =>
      Math.min(Math.max(i - padBefore, 0), lastWindow),
    );
    // Sums to each position, with a zero in front: a window's sum is the difference of two.
    // Porting note: one axis at a time. The reference's two-dimensional float32 table loses digits.
    const sums = tf.tidy(() => tf.cumsum(tf.pad(x, paddingBefore(axis)), axis)); // size + 1 along the axis
    const ends = start.map((i) => i + k);
    const toEnd = tf.gather(sums, ends, axis);
    const toStart = tf.gather(sums, start, axis);
    // Freed at once: with all of them held, a block would need half as much memory again as without TLC.
    sums.dispose();
    const windowSums = tf.sub(toEnd, toStart);
    tf.dispose([toEnd, toStart]);
    return tf.div(windowSums, k);
  });
}

function paddingBefore(axis: 1 | 2): Array<[number, number]> {
  return [0, 1, 2, 3].map((i) => [i === axis ? 1 : 0, 0]);
}
