import { invalidArgument } from "../base/errors.ts";
import type { Graph } from "../graph/Graph.ts";
import { valueCount, type WeightMap, type WeightTensor } from "../graph/WeightMap.ts";

/** @throws NafnetError `INVALID_ARGUMENT` unless every parameter of the network is there in its shape */
export function checkWeights(graph: Graph, weights: WeightMap): void {
  for (const { name, shape } of graph.parameters) {
    const weight = weights.get(name);
    const count = valueCount(shape);
    if (weight?.shape.join() === shape.join() && weight.data.length === count) continue;
    const expected = `${count} values of shape [${shape}]`;
    throw invalidArgument(`the weight ${name}`, expected, describe(weight));
  }
}

function describe(weight: WeightTensor | undefined): string {
  return weight === undefined ? "none" : `${weight.data.length} of shape [${weight.shape}]`;
}
