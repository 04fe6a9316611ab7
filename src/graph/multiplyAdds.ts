/**
 * Work of a network: the multiply-adds of its convolutions and of MDTA's two products, counted as PyTorch's
 * layers do them. Elementwise work and the means of channel attention are left out.
 */

import type { Graph, Node } from "./Graph.ts";
import { roundUp } from "./roundUp.ts";

/** Multiply-adds of an operation for each pixel of the padded picture. */
export function multiplyAddsPerPixel({ operation, inputs, output }: Node): number {
  const c = inputs[0]?.channels ?? 0;
  const pixels = 1 / output.divisor ** 2;
  switch (operation.kind) {
    case "convolution":
      return pixels * operation.kernelSize ** 2 * c * output.channels;
    case "depthwiseConvolution":
      return pixels * operation.kernelSize ** 2 * c;
    case "mdta": {
      const projections = 3 * c * c + c * c; // qkv, project_out
      const products = 2 * c * (c / operation.heads); // q kᵀ, attention · v
      return pixels * (projections + 9 * 3 * c + products);
    }
    case "block":
      return operation.body.reduce((sum, part) => sum + multiplyAddsPerPixel(part), 0);
    case "layerNorm":
    case "simpleGate":
    case "channelAttention":
    case "multiply":
    case "add":
    case "scale":
    case "pixelShuffle":
      return 0;
    default:
      return operation satisfies never;
  }
}

/** Floating-point operations of a run on a picture of this size: two for each multiply-add. */
export function flopsOf(graph: Graph, width: number, height: number): number {
  const { nodes, paddingMultiple } = graph;
  const pixels = roundUp(width, paddingMultiple) * roundUp(height, paddingMultiple);
  return 2 * pixels * nodes.reduce((sum, node) => sum + multiplyAddsPerPixel(node), 0);
}
