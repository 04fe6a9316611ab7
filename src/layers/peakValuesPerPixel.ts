import type { FeatureMap, Graph, Node } from "../graph/Graph.ts";

/**
 * Most values per pixel of the padded picture that a run of the graph's LayersModel holds at a time, layer by
 * layer, each map until its last reader is done.
 */
export function peakValuesPerPixel({ nodes, input, output }: Graph): number {
  const lastReader = new Map<FeatureMap, Node>();
  for (const node of nodes) for (const map of node.inputs) lastReader.set(map, node);
  const live = new Set<FeatureMap>();
  let peak = 0;
  for (const node of nodes) {
    const others = [...live].filter((map) => !node.inputs.includes(map));
    peak = Math.max(peak, sum([...others.map(valuesOf), ownValues(node)]));
    live.add(node.output);
    for (const map of live) if (lastReader.get(map) === node && map !== output) live.delete(map);
  }
  // Beside them the picture, the padded picture and the result, which the caller holds.
  return 3 * input.channels + peak;
}

/** Values of a layer at work: its inputs and its output, or a block's own maps. */
function ownValues({ operation, inputs, output }: Node): number {
  // A block holds its input, the normalised input, the first half of the gate, and the second before and
  // after its depthwise convolution beside one copy that a kernel makes. What tf.profile measures is the
  // same for SCA, TLC and MDTA.
  if (operation.kind === "block") return 6 * valuesOf(output);
  return sum([...inputs, output].map(valuesOf));
}

function valuesOf({ channels, divisor }: FeatureMap): number {
  return channels / divisor ** 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
