/**
 * A network, described once: operations on feature maps, in the order of the data's way. Parameters, the
 * tfjs model, the fused engine's program, multiply-adds and peak memory all follow from it.
 */

import type { Parameter } from "./parameters.ts";

/** A feature map, by identity; its height and width are the padded picture's, divided. */
export interface FeatureMap {
  readonly channels: number;
  /** Pixels of the padded picture per pixel of the map, in each direction. */
  readonly divisor: number;
}

/** Height and width of TLC's window in pixels of the level at work. */
export type TlcWindow = readonly [height: number, width: number];

/** An operation and its attributes; channels follow from the maps. */
export type Operation =
  /** Square kernel; rows and columns of zeros on each side as `padding`. */
  | {
      readonly kind: "convolution";
      readonly kernelSize: number;
      readonly stride: number;
      readonly padding: number;
      readonly useBias: boolean;
    }
  /** Each channel with a kernel of its own; stride 1, height and width stay. */
  | {
      readonly kind: "depthwiseConvolution";
      readonly kernelSize: number;
      readonly useBias: boolean;
    }
  /** LayerNorm2d: over the channels of each pixel. */
  | { readonly kind: "layerNorm" }
  /** First half of the channels times the second. */
  | { readonly kind: "simpleGate" }
  /** SCA's factors: a 1x1 convolution of the means over the map, or over TLC's window. */
  | { readonly kind: "channelAttention"; readonly window: TlcWindow | null }
  /** Multi-Dconv head transposed attention. */
  | { readonly kind: "mdta"; readonly heads: number; readonly useBias: boolean }
  /** Product of two maps; factors of [1, 1, channels] apply to every pixel. */
  | { readonly kind: "multiply" }
  /** Sum of two maps. */
  | { readonly kind: "add" }
  /** A learnt factor for each channel. */
  | { readonly kind: "scale" }
  /** Channels to pixels, in PyTorch's order. */
  | { readonly kind: "pixelShuffle"; readonly factor: number }
  /** Operations with a name of their own, which layers and engines may compute as one. */
  | { readonly kind: "block"; readonly block: BlockName; readonly body: readonly Node[] };

/** The composites that there are. */
export type BlockName = "NAFBlock";

/** A convolution's operation. */
export type ConvolutionOperation = Extract<Operation, { kind: "convolution" }>;

/** A block's operation. */
export type BlockOperation = Extract<Operation, { kind: "block" }>;

/** One operation with its maps and what it learns. */
export interface Node {
  /** The module's name in PyTorch, e.g. `encoders.0.1`; in a block, relative to the block. */
  readonly name: string;
  readonly operation: Operation;
  readonly inputs: readonly FeatureMap[];
  readonly output: FeatureMap;
  /** Learnt tensors; in a block, named relative to the block. */
  readonly parameters: readonly Parameter[];
}

/** A whole network. */
export interface Graph {
  /** The architecture's name. */
  readonly name: string;
  /** One line for people: the architecture and its configuration. */
  readonly summary: string;
  /** The picture, padded with zeros at the bottom and on the right to the padding multiple. */
  readonly input: FeatureMap;
  /** The result, of the input's shape. */
  readonly output: FeatureMap;
  /** Each after those whose output it reads. */
  readonly nodes: readonly Node[];
  /** All learnt tensors, each once. */
  readonly parameters: readonly Parameter[];
  /** Height and width are padded to a multiple of this: the largest divisor of a map. */
  readonly paddingMultiple: number;
}

/** The nodes of a graph, with each block's body in place of the block. */
export function flatten(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) =>
    node.operation.kind === "block" ? flatten(node.operation.body) : [node],
  );
}
