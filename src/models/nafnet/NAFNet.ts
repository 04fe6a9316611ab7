/**
 * NAFNet: a U-Net of NAFBlocks, with simplified channel attention or MDTA in each block.
 * "Simple Baselines for Image Restoration", arXiv 2204.04676, section 3 and figures 2 (c), 3;
 * reference: basicsr/models/archs/NAFNet_arch.py. MDTA: arXiv 2111.09881. TLC: arXiv 2112.04491.
 */

import { NafnetError } from "../../base/errors.ts";
import type { FeatureMap, Graph, TlcWindow } from "../../graph/Graph.ts";
import { GraphBuilder } from "../../graph/GraphBuilder.ts";
import type { Architecture, StateDictShapes } from "../Architecture.ts";
import { isInteger, isListOfIntegers } from "../configFields.ts";
import { dimension, firstGap, indices, lengthOf } from "../stateDictKeys.ts";

/** Everything that tells one NAFNet from another; named as in the reference implementation. */
export interface NAFNetConfig {
  /** Channels of the picture: 3, or 4 where the fourth is a mask. */
  readonly imgChannel: number;
  /** Channels at the first level; twice as many at each level below. */
  readonly width: number;
  /** Blocks at each encoder level; their count is the depth of the U. */
  readonly encBlkNums: readonly number[];
  /** Blocks at the bottom of the U. */
  readonly middleBlkNum: number;
  /** Blocks at each decoder level, the deepest first. */
  readonly decBlkNums: readonly number[];
  /** The attention in every block. */
  readonly attention: Attention;
}

/** Attention of a NAFBlock. */
export type Attention =
  | {
      /** Simplified channel attention: NAFNet's own. */
      readonly kind: "sca";
    }
  | {
      /** Restormer's attention across channels. */
      readonly kind: "mdta";
      /** The channels of every level divide by it. */
      readonly heads: number;
      /** Whether MDTA's convolutions have a bias. */
      readonly useBias: boolean;
    };

/** The U; values 0–1 in and out, nothing is clamped. */
function nafNet(config: NAFNetConfig, tlcBase: number | null): Graph {
  const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  if (encBlkNums.length !== decBlkNums.length) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected as many levels in decBlkNums as in encBlkNums but received ${decBlkNums.length} and ${encBlkNums.length}.`,
    );
  }
  const net = new GraphBuilder(imgChannel);
  const blocks = (module: string, count: number, map: FeatureMap): FeatureMap => {
    // TLC's window halves with the map from level to level.
    const side = tlcBase === null ? null : Math.max(1, Math.floor(tlcBase / map.divisor));
    const window = side === null ? null : ([side, side] as const);
    let x = map;
    for (let j = 0; j < count; j++) x = nafBlock(net, `${module}.${j}`, x, attention, window);
    return x;
  };

  let x = net.convolution("intro", net.input, width, 3); // [h, w, width]

  const skips: FeatureMap[] = [];
  for (const [i, count] of encBlkNums.entries()) {
    x = blocks(`encoders.${i}`, count, x);
    skips.push(x);
    x = net.convolution(`downs.${i}`, x, 2 * x.channels, 2, { stride: 2 }); // [h/2, w/2, 2c]
  }

  x = blocks("middle_blks", middleBlkNum, x);

  for (const [i, count] of decBlkNums.entries()) {
    const level = skips.length - 1;
    x = net.convolution(`ups.${i}.0`, x, 2 * x.channels, 1, { useBias: false }); // [h, w, 2c]
    x = net.pixelShuffle(`ups.${i}.1`, x, 2); // [2h, 2w, c/2]
    x = net.add(`skips.${level}`, x, skips.pop()!); // there are as many levels up as down
    x = blocks(`decoders.${i}`, count, x);
  }

  x = net.convolution("ending", x, imgChannel, 3);
  x = net.add("residual", x, net.input); // [h, w, imgChannel]
  const kind = attention.kind === "mdta" ? `MDTA with ${attention.heads} heads` : "SCA";
  const layout = `width ${width}, enc [${encBlkNums}] mid ${middleBlkNum} dec [${decBlkNums}]`;
  return net.build("NAFNet", x, `NAFNet ${layout}, ${kind}, ${imgChannel} channels`);
}

/** t = gate(conv2(conv1(norm1(x)))), y = x + β · conv3(t · attention(t)), y + γ · conv5(gate(conv4(norm2(y)))). */
export function nafBlock(
  net: GraphBuilder,
  name: string,
  x: FeatureMap,
  attention: Attention,
  window: TlcWindow | null,
): FeatureMap {
  const c = x.channels;
  return net.composite("NAFBlock", name, x, (block) => {
    let t = block.layerNorm("norm1", x);
    t = block.convolution("conv1", t, 2 * c, 1);
    t = block.depthwiseConvolution("conv2", t, 3);
    t = block.simpleGate("sg", t);
    const weights =
      attention.kind === "sca"
        ? block.channelAttention("sca", t, window)
        : block.mdta("mdta", t, attention);
    t = block.multiply("attended", t, weights);
    t = block.convolution("conv3", t, c, 1);
    const y = block.add("y", x, block.scale("beta", t));

    t = block.layerNorm("norm2", y);
    t = block.convolution("conv4", t, 2 * c, 1);
    t = block.simpleGate("sg", t);
    t = block.convolution("conv5", t, c, 1);
    return block.add("out", y, block.scale("gamma", t));
  });
}

/** The published networks have 4; a picture would be padded to a multiple of 65,536 at 16. */
const MAX_LEVELS = 16;
/** The largest published network has 36. */
const MAX_BLOCKS = 4096;

/** NAFNet for the registry. */
export const nafnet: Architecture<NAFNetConfig> = {
  name: "NAFNet",
  signature: [
    ...["intro.weight", "encoders.0.0.conv1.weight", "downs.0.weight"],
    ...["middle_blks.0.conv1.weight", "ups.0.0.weight", "decoders.0.0.conv1.weight"],
    "ending.weight",
  ],
  // The thesis's text and figures have these, its program the reference implementation's names.
  otherSpellings: new Map([
    ["mdfa", "mdta"],
    ["middle_blk", "middle_blks"],
  ]),
  graph: (config, { tlcBase }) => nafNet(config, tlcBase),
  // The thesis's MDTA checkpoints carry the channel attention that they were made from.
  isStale: (key, { attention }) =>
    attention.kind === "mdta" && /\.sca\.1\.(weight|bias)$/.test(key),

  infer(shapes) {
    const width =
      dimension(shapes, "intro.weight", 0) ??
      dimension(shapes, "intro.bias", 0) ??
      dimension(shapes, "ending.weight", 1);
    const imgChannel =
      dimension(shapes, "intro.weight", 1) ?? dimension(shapes, "ending.weight", 0);
    const levels = firstGap(indices(shapes, /^(?:encoders|downs)\.(\d+)\./));
    if (!width || !imgChannel || levels > MAX_LEVELS) return undefined;
    const blockCounts = (module: string): number[] =>
      Array.from(
        { length: Math.max(levels, 1) }, // no U at all: the difference is told from the smallest one
        (_, i) => lengthOf(indices(shapes, new RegExp(`^${module}\\.${i}\\.(\\d+)\\.`))),
      );
    const config: NAFNetConfig = {
      ...{ imgChannel, width, encBlkNums: blockCounts("encoders") },
      middleBlkNum: lengthOf(indices(shapes, /^middle_blks\.(\d+)\./)),
      ...{ decBlkNums: blockCounts("decoders"), attention: inferAttention(shapes, width) },
    };
    return blockCount(config) > MAX_BLOCKS ? undefined : config;
  },

  configFields: ["imgChannel", "width", "encBlkNums", "middleBlkNum", "decBlkNums", "attention"],
  isConfig: (value): value is NAFNetConfig => {
    const config = Object(value) as NAFNetConfig; // every field is checked here
    const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
    const hasAttention =
      attention?.kind === "sca" ||
      (attention?.kind === "mdta" &&
        isInteger(attention.heads, 1) &&
        width % attention.heads === 0 &&
        typeof attention.useBias === "boolean");
    return (
      [imgChannel, width].every((count) => isInteger(count, 1)) &&
      isInteger(middleBlkNum, 0) &&
      [encBlkNums, decBlkNums].every((counts) => isListOfIntegers(counts, 0)) &&
      encBlkNums.length <= MAX_LEVELS &&
      encBlkNums.length === decBlkNums.length &&
      blockCount(config) <= MAX_BLOCKS &&
      hasAttention
    );
  },
};

function blockCount({ encBlkNums, middleBlkNum, decBlkNums }: NAFNetConfig): number {
  return [...encBlkNums, middleBlkNum, ...decBlkNums].reduce((sum, count) => sum + count, 0);
}

function inferAttention(shapes: StateDictShapes, width: number): Attention {
  for (const [key, { shape }] of shapes) {
    if (!key.endsWith(".mdta.temperature")) continue;
    const useBias = shapes.has(key.replace("temperature", "qkv.bias"));
    const heads = shape[0] ?? 1;
    // Heads that do not divide the channels cannot run: one then shows as the wrong shape that it is.
    return { kind: "mdta", heads: width % heads === 0 ? heads : 1, useBias };
  }
  return { kind: "sca" };
}
