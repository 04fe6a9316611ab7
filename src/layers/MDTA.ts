/**
 * MDTA: multi-Dconv head transposed attention, across channels instead of pixels.
 * Restormer (arXiv 2111.09881, section 3.1); reference: `Attention` in basicsr/models/archs/restormer_arch.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { conv2d, depthwiseConv2d } from "./convolutions.ts";
import { type Parameters, ParametricLayer } from "./ParametricLayer.ts";
import { mdtaParameters } from "./parameters.ts";
import { pipe } from "./pipe.ts";
import {
  checkDivisible,
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  imageInput,
  type LayerArgs,
} from "./shapes.ts";

/** The heads of the thesis's network; Restormer has 1, 2, 4 and 8 by level. */
export const DEFAULT_HEADS = 8;
/** The lower bound of the denominator in torch.nn.functional.normalize. */
const NORM_EPSILON = 1e-12;
/** Added to a score that the softmax must leave out: exp of it is 0 in float32. */
const EXCLUDED_SCORE = -1e9;

/**
 * project_out(attention · v), attention = softmax(q̂ k̂ᵀ · temperature) over the channels of a head,
 * where q̂ and k̂ are q and k divided by their L2 norm over the pixels.
 *
 * @param x float32 [n, h, w, c]
 * @param parameters `temperature` [heads], `qkv/…`, `qkv_dwconv/…`, `project_out/…`
 * @returns float32 [n, h, w, c]
 */
export function mdta(x: tf.Tensor4D, parameters: Parameters): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  return pipe(
    x,
    (t) => conv2d(t, parameters.at("qkv")), // [n, h, w, 3c]
    (t) => depthwiseConv2d(t, parameters.at("qkv_dwconv")),
    (qkv) => {
      const part = (i: number): tf.Tensor4D => tf.slice4d(qkv, [0, 0, 0, i * c], [n, h, w, c]);
      const attention = tf.tidy(() =>
        channelAttention(part(0), part(1), parameters.vector("temperature")),
      ); // [n, c, c]
      const v = tf.reshape(part(2), [n, h * w, c]);
      return tf.reshape(tf.matMul(v, attention, false, true), [n, h, w, c]);
    },
    (t) => conv2d(t, parameters.at("project_out")),
  );
}

/**
 * Porting note: the reference normalises q and k and multiplies head by head. Here all channels are
 * multiplied at once, divided by the norms after it, and the softmax leaves out the scores between
 * heads: the same values, without copying the picture's tensors to [n, heads, c/heads, h·w].
 *
 * @returns [n, c, c], zero between channels of different heads
 */
function channelAttention(q: tf.Tensor4D, k: tf.Tensor4D, temperature: tf.Tensor1D): tf.Tensor3D {
  const [n, h, w, c] = q.shape;
  const perHead = c / temperature.size;
  // Row by row, then over the rows: one float32 sum over all pixels loses digits.
  const rows = (t: tf.Tensor4D): tf.Tensor3D => tf.reshape(t, [n * h, w, c]);
  const products = tf.matMul(rows(q), rows(k), true, false); // [n·h, c, c]
  const gram = tf.sum(tf.reshape(products, [n, h, c, c]), 1); // [n, c, c]
  const norm = (t: tf.Tensor4D): tf.Tensor =>
    tf.maximum(tf.sqrt(tf.sum(tf.sum(tf.square(t), 2), 1)), NORM_EPSILON); // [n, c]
  const cosine = tf.div(tf.div(gram, tf.expandDims(norm(q), 2)), tf.expandDims(norm(k), 1));
  const perChannel = tf.tile(tf.reshape(temperature, [-1, 1]), [1, perHead]); // [heads, c/heads]
  const scores = tf.mul(cosine, tf.reshape(perChannel, [1, c, 1]));
  return tf.softmax(tf.add<tf.Tensor3D>(scores, betweenHeads(c, perHead)));
}

/** [c, c]: 0 within a head, {@link EXCLUDED_SCORE} between heads. */
function betweenHeads(c: number, perHead: number): tf.Tensor2D {
  const head = (channel: number): number => Math.floor(channel / perHead);
  const scores = Float32Array.from({ length: c * c }, (_, i) =>
    head(Math.floor(i / c)) === head(i % c) ? 0 : EXCLUDED_SCORE,
  );
  return tf.tensor2d(scores, [c, c]);
}

/** Checks the input's shape, which is the output's too: its channels divide by the heads. */
export function checkMdtaShape(layer: string, shape: Shape | Shape[], heads: number): ImageShape {
  const checked = checkImageShape(layer, shape);
  checkDivisible(layer, checked[3], heads);
  return checked;
}

export interface MDTAArgs extends LayerArgs {
  /** Heads; the channels must divide by it. @default 8 */
  heads?: number;
  /** Whether the convolutions have a bias. @default true */
  useBias?: boolean;
}

/** {@link mdta} as a layer. */
export class MDTA extends ParametricLayer {
  static readonly className: string = "MDTA";
  private readonly heads: number;
  private readonly useBias: boolean;

  constructor(args: MDTAArgs = {}) {
    super(args);
    this.heads = checkPositiveInteger(this.name, "heads", args.heads ?? DEFAULT_HEADS);
    this.useBias = args.useBias ?? true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , , c] = checkMdtaShape(this.name, inputShape, this.heads);
    this.addParameters(mdtaParameters(c, this.heads, this.useBias));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return mdta(imageInput(this.name, inputs), this.parameters);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkMdtaShape(this.name, inputShape, this.heads);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), heads: this.heads, useBias: this.useBias };
  }
}

tf.serialization.registerClass(MDTA);
