/**
 * MDTA: multi-Dconv head transposed attention, across channels instead of pixels.
 * Restormer (arXiv 2111.09881, section 3.1); reference: `Attention` in basicsr/models/archs/restormer_arch.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { checkDivisible } from "../graph/checkDivisible.ts";
import { mdtaParameters } from "../graph/parameters.ts";
import { conv2d, convolve, depthwiseConv2d } from "./convolutions.ts";
import { type Parameters, ParametricLayer } from "./ParametricLayer.ts";
import { pipe } from "./pipe.ts";
import {
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  type LayerArgs,
} from "./shapes.ts";

/** The heads of the thesis's network; Restormer has 1, 2, 4 and 8 by level. */
export const DEFAULT_HEADS = 8;
/** Bands of rows whose products are summed apart; tfjs-backend-wasm copies a whole tensor for each. */
const BANDS = 8;
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
  const part = (index: number): tf.Tensor4D =>
    pipe(
      x,
      (t) => conv2d(t, parameters.at("qkv"), { index, count: 3 }),
      (t) => depthwiseConv2d(t, parameters.at("qkv_dwconv"), { index, count: 3 }),
    ); // [n, h, w, c]
  return tf.tidy(() => {
    const attention = tf.tidy(() =>
      channelAttention(part(0), part(1), parameters.vector("temperature")),
    ); // [n, c, c]
    return projectOut(part(2), attention, parameters.at("project_out"));
  });
}

/**
 * project_out(attention · v), both of which are linear in v: one 1x1 convolution per picture.
 *
 * @param v float32 [n, h, w, c]
 * @param attention float32 [n, c, c]
 */
function projectOut(v: tf.Tensor4D, attention: tf.Tensor3D, parameters: Parameters): tf.Tensor4D {
  const [n, h, w, c] = v.shape;
  const kernel = tf.reshape(parameters.kernel(), [c, c]);
  const bias = parameters.bias();
  const pictures = Array.from({ length: n }, (_, i) => {
    const ofPicture = tf.reshape(tf.slice3d(attention, [i, 0, 0], [1, c, c]), [c, c]);
    const filter = tf.reshape(tf.matMul(ofPicture, kernel, true), [1, 1, c, c]) as tf.Tensor4D;
    const picture = n === 1 ? v : tf.slice4d(v, [i, 0, 0, 0], [1, h, w, c]);
    return convolve(picture, filter, bias);
  });
  return tf.concat4d(pictures, 0);
}

/**
 * Porting note: the reference normalises q and k and multiplies head by head. Here all channels are
 * multiplied at once, divided by the norms after it, and the softmax leaves out the scores between
 * heads: the same values, without copying the picture's tensors to [n, heads, c/heads, h·w].
 *
 * @returns [n, c, c], zero between channels of different heads
 */
function channelAttention(q: tf.Tensor4D, k: tf.Tensor4D, temperature: tf.Tensor1D): tf.Tensor3D {
  const c = q.shape[3];
  const perHead = c / temperature.size;
  const norm = (t: tf.Tensor4D): tf.Tensor =>
    tf.tidy(() => tf.maximum(tf.sqrt(tf.sum(tf.sum(tf.square(t), 2), 1)), NORM_EPSILON)); // [n, c]
  const cosine = tf.div(
    tf.div(channelProducts(q, k), tf.expandDims(norm(q), 2)),
    tf.expandDims(norm(k), 1),
  );
  const perChannel = tf.tile(tf.reshape(temperature, [-1, 1]), [1, perHead]); // [heads, c/heads]
  const scores = tf.mul(cosine, tf.reshape(perChannel, [1, c, 1]));
  return tf.softmax(tf.add<tf.Tensor3D>(scores, betweenHeads(c, perHead)));
}

/**
 * Sums over the pixels of q's channels times k's, in bands of rows: one float32 sum over all pixels
 * loses digits. A product without transposed operands is the one that tfjs-backend-wasm has in XNNPACK.
 *
 * @returns [n, c, c]
 */
function channelProducts(q: tf.Tensor4D, k: tf.Tensor4D): tf.Tensor3D {
  const [n, h, w, c] = q.shape;
  const bandHeight = Math.ceil(h / BANDS);
  const sums = Array.from({ length: n }, (_, i) => {
    const bands: tf.Tensor2D[] = [];
    for (let y = 0; y < h; y += bandHeight) {
      const rows = Math.min(bandHeight, h - y);
      const band = (t: tf.Tensor4D): tf.Tensor2D =>
        tf.reshape(tf.slice4d(t, [i, y, 0, 0], [1, rows, w, c]), [rows * w, c]);
      bands.push(tf.tidy(() => tf.matMul(tf.transpose(band(q)), band(k))));
    }
    return tf.sum(tf.stack(bands), 0);
  });
  return tf.stack(sums) as tf.Tensor3D; // n of [c, c]
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

/** `mdta` as a layer. */
export class MDTA extends ParametricLayer {
  /** The layer's name in saved models. */
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
    this.addParameters(c, mdtaParameters(c, this.heads, this.useBias));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return mdta(this.inputOf(inputs), this.parameters);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkMdtaShape(this.name, inputShape, this.heads);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), heads: this.heads, useBias: this.useBias };
  }
}

tf.serialization.registerClass(MDTA);
