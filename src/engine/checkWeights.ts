import { NafnetError } from "../base/errors.ts";
import type { Graph } from "../graph/Graph.ts";
import { valueCount, type WeightMap } from "../graph/WeightMap.ts";

/** @throws NafnetError `INVALID_ARGUMENT` unless every parameter of the network is there in its shape */
export function checkWeights(graph: Graph, weights: WeightMap): void {
  for (const { name, shape } of graph.parameters) {
    const weight = weights.get(name);
    const count = valueCount(shape);
    if (weight?.shape.join() !== shape.join() || weight.data.length !== count) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected ${count} values of shape [${shape}] for the weight ${name} but received ${weight === undefined ? "none" : `${weight.data.length} of shape [${weight.shape}]`}.`,
      );
    }
  }
}
