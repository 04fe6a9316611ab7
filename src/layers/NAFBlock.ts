/**
 * NAFBlock: the block that NAFNet is made of, with simplified channel attention or MDTA.
 * NAFNet (arXiv 2204.04676, section 3 and figure 3); reference: `NAFBlock` in basicsr/models/archs/NAFNet_arch.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { invalidArgument, quoted } from "../base/errors.ts";
import { flatten, type TlcWindow } from "../graph/Graph.ts";
import { GraphBuilder, parametersOf } from "../graph/GraphBuilder.ts";
import type { Parameter } from "../graph/parameters.ts";
import { type Attention, nafBlock as describeNafBlock } from "../models/nafnet/NAFNet.ts";
import { type ChannelPart, conv2d, depthwiseConv2d } from "./convolutions.ts";
import { layerNorm2d } from "./LayerNorm2d.ts";
import { checkMdtaShape, DEFAULT_HEADS, mdta } from "./MDTA.ts";
import { type Parameters, ParametricLayer } from "./ParametricLayer.ts";
import { pipe } from "./pipe.ts";
import { checkTlcWindow, simplifiedChannelAttention } from "./SimplifiedChannelAttention.ts";
import {
  checkImageShape,
  checkPositiveInteger,
  type ImageShape,
  type LayerArgs,
} from "./shapes.ts";

/**
 * The whole block: attention over the picture, then the feed-forward half.
 *
 * @param x float32 [n, h, w, c]
 * @param p the block's parameters, named as the graph names them
 * @param window TLC's window for simplified channel attention, or null
 * @returns float32 [n, h, w, c]
 */
function nafBlock(
  x: tf.Tensor4D,
  p: Parameters,
  attention: Attention,
  window: TlcWindow | null,
): tf.Tensor4D {
  return pipe(
    x,
    (t) => attentionHalf(t, p, attention, window),
    (t) => feedForwardHalf(t, p),
  );
}

/** y = x + β · conv3(t · attention(t)), t = gate(conv2(conv1(norm1(x)))). */
function attentionHalf(
  x: tf.Tensor4D,
  p: Parameters,
  attention: Attention,
  window: TlcWindow | null,
): tf.Tensor4D {
  const conv1Conv2 = (t: tf.Tensor4D, half: ChannelPart): tf.Tensor4D =>
    pipe(
      t,
      (u) => conv2d(u, p.at("conv1"), half),
      (u) => depthwiseConv2d(u, p.at("conv2"), half),
    );
  return pipe(
    x,
    (t) => layerNorm2d(t, p.at("norm1")),
    (t) => simpleGateOfHalves((half) => conv1Conv2(t, half)),
    (t) => tf.mul(t, attentionOf(t, p, attention, window)),
    (t) => conv2d(t, p.at("conv3")),
    (t) => tf.add(x, tf.mul(t, p.vector("beta"))),
  );
}

/** y + γ · conv5(gate(conv4(norm2(y)))). */
function feedForwardHalf(y: tf.Tensor4D, p: Parameters): tf.Tensor4D {
  return pipe(
    y,
    (t) => layerNorm2d(t, p.at("norm2")),
    (t) => simpleGateOfHalves((half) => conv2d(t, p.at("conv4"), half)),
    (t) => conv2d(t, p.at("conv5")),
    (t) => tf.add(y, tf.mul(t, p.vector("gamma"))),
  );
}

/** @returns float32, [n, 1, 1, c] or [n, h, w, c] */
function attentionOf(
  t: tf.Tensor4D,
  p: Parameters,
  attention: Attention,
  window: TlcWindow | null,
): tf.Tensor4D {
  return attention.kind === "sca"
    ? simplifiedChannelAttention(t, p.at("sca"), window)
    : mdta(t, p.at("mdta"));
}

/**
 * SimpleGate of 2c channels, computed from two halves that are never one tensor (see {@link ChannelPart}).
 *
 * @param compute half the channels, float32 [n, h, w, c]
 * @returns float32 [n, h, w, c]
 */
function simpleGateOfHalves(compute: (half: ChannelPart) => tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mul(compute({ index: 0, count: 2 }), compute({ index: 1, count: 2 })));
}

export interface NAFBlockArgs extends LayerArgs {
  /** Simplified channel attention or MDTA. @default "sca" */
  attention?: "sca" | "mdta";
  /** MDTA's heads; the channels must divide by it. @default 8 */
  heads?: number;
  /** Whether MDTA's convolutions have a bias. @default true */
  useBias?: boolean;
  /** TLC's window for simplified channel attention; null: the whole picture. @default null */
  window?: TlcWindow | null;
}

/** `nafBlock` as a layer; height, width and channels stay. */
export class NAFBlock extends ParametricLayer {
  /** The layer's name in saved models. */
  static readonly className: string = "NAFBlock";
  private readonly attention: Attention;
  private readonly window: TlcWindow | null;

  constructor(args: NAFBlockArgs = {}) {
    super(args);
    this.attention = checkAttention(this.name, args);
    this.window = checkTlcWindow(this.name, args.window);
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , , c] = checkNafBlockShape(this.name, inputShape, this.attention);
    this.addParameters(c, nafBlockParameters(c, this.attention));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return nafBlock(this.inputOf(inputs), this.parameters, this.attention, this.window);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return checkNafBlockShape(this.name, inputShape, this.attention);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { attention, window } = this;
    return {
      ...super.getConfig(),
      attention: attention.kind,
      ...(attention.kind === "mdta" && { heads: attention.heads, useBias: attention.useBias }),
      window: window === null ? null : [...window],
    };
  }
}

/** Parameters of a block of c channels, by the network's own description. */
export function nafBlockParameters(c: number, attention: Attention): Parameter[] {
  const net = new GraphBuilder(c);
  const { nodes } = net.build("NAFBlock", describeNafBlock(net, "", net.input, attention, null));
  return parametersOf(flatten(nodes));
}

/** Checks the input's shape, which is the output's too. */
function checkNafBlockShape(
  layer: string,
  shape: Shape | Shape[],
  attention: Attention,
): ImageShape {
  return attention.kind === "mdta"
    ? checkMdtaShape(layer, shape, attention.heads)
    : checkImageShape(layer, shape);
}

function checkAttention(layer: string, args: NAFBlockArgs): Attention {
  const kind = args.attention ?? "sca";
  if (kind === "sca") return { kind };
  if (kind === "mdta") {
    const heads = checkPositiveInteger(layer, "heads", args.heads ?? DEFAULT_HEADS);
    return { kind, heads, useBias: args.useBias ?? true };
  }
  throw invalidArgument(`attention of ${layer}`, '"sca" or "mdta"', quoted(kind satisfies never));
}

tf.serialization.registerClass(NAFBlock);
