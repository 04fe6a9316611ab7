/** A graph as a tfjs LayersModel of our custom layers, for pictures of any height and width. */

import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import type { FeatureMap, Graph, Node } from "../graph/Graph.ts";
import { CropLike } from "./CropLike.ts";
import { NAFBlock, type NAFBlockArgs } from "./NAFBlock.ts";
import { PadToMultiple } from "./PadToMultiple.ts";
import { PixelShuffle } from "./PixelShuffle.ts";

/** Options of {@link toLayersModel}. */
export interface LayersModelOptions {
  /** Start from zeros instead of random weights, because they are about to be set. @default false */
  readonly fastWeightInit?: boolean;
}

/**
 * @returns a model from float32 [n, h, w, c] to the same shape; a layer has its node's name, its weights
 *   those of the node's parameters. The caller disposes it
 * @throws NafnetError `INVALID_ARGUMENT` from a layer's own checks
 */
export function toLayersModel(graph: Graph, options: LayersModelOptions = {}): LayersModel {
  const { fastWeightInit = false } = options;
  const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor => {
    layer.setFastWeightInitDuringBuild(fastWeightInit);
    return layer.apply(x) as SymbolicTensor; // symbolic in, symbolic out
  };
  const picture = input({ shape: [null, null, graph.input.channels], name: "picture" });
  const multiple = graph.paddingMultiple;
  const padded = apply(new PadToMultiple({ name: "padded", multiple }), picture);
  const tensors = new Map<FeatureMap, SymbolicTensor>([[graph.input, padded]]);
  const tensorOf = (map: FeatureMap): SymbolicTensor => {
    const tensor = tensors.get(map);
    if (tensor === undefined) throw new Error("A feature map is read before it is computed.");
    return tensor;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(tensorOf);
    const [only = padded] = inputs;
    tensors.set(node.output, apply(layerOf(node), inputs.length === 1 ? only : inputs));
  }
  const restored = apply(new CropLike({ name: "restored" }), [tensorOf(graph.output), picture]);
  return model({ name: graph.name, inputs: picture, outputs: restored });
}

function layerOf({ name, operation, output }: Node): layers.Layer {
  switch (operation.kind) {
    case "convolution": {
      const { kernelSize, stride, useBias } = operation;
      const filters = output.channels;
      // "same" pads as the graph does: the picture's sides are multiples of every stride.
      return layers.conv2d({
        ...{ name, filters, kernelSize, strides: stride, useBias, padding: "same" },
      });
    }
    case "pixelShuffle":
      return new PixelShuffle({ name, upscaleFactor: operation.factor });
    case "add":
      return layers.add({ name });
    case "block":
      return new NAFBlock({ name, ...nafBlockArgs(operation.body) });
    default:
      throw new Error(`There is no layer for ${operation.kind} at ${name}.`);
  }
}

function nafBlockArgs(body: readonly Node[]): NAFBlockArgs {
  for (const { operation } of body) {
    if (operation.kind === "channelAttention") {
      return { attention: "sca", window: operation.window };
    }
    if (operation.kind === "mdta") {
      return { attention: "mdta", heads: operation.heads, useBias: operation.useBias };
    }
  }
  throw new Error("Expected a NAFBlock with attention.");
}
