/**
 * Lowers a graph to the fused engine's program: a convolution takes the PixelShuffle and the sum that follow
 * it into its own step, blocks work in place, and a sum is written over the map that it adds. So a level of a
 * U has one map: it waits as the skip connection while the levels below are computed, and is worked on again.
 */

import type { BlockOperation, ConvolutionOperation, FeatureMap, Graph, Node } from "./Graph.ts";
import { parametersOf } from "./GraphBuilder.ts";
import { multiplyAddsPerPixel } from "./multiplyAdds.ts";
import { type MapId, PICTURE, type Program, ProgramWriter, RESULT } from "./ProgramWriter.ts";
import { convolution, mdtaParameters, within } from "./parameters.ts";
import type { WeightMap } from "./WeightMap.ts";

/**
 * @param weights every parameter of the graph; copied
 * @throws Error for a graph that there are no steps for
 */
export function lowerToProgram(graph: Graph, weights: WeightMap): Program {
  return new Lowering(graph, weights).run();
}

class Lowering {
  private readonly graph: Graph;
  private readonly program: ProgramWriter;
  /** Nodes that read a map and come later; the result counts as read at the end. */
  private readonly readers: Map<FeatureMap, Set<Node | "result">> = new Map();
  private readonly maps: Map<FeatureMap, MapId>;
  /** Nodes that an earlier step has done. */
  private readonly fused: Set<Node> = new Set();
  private readonly flopsPerPixel: number[] = [];

  constructor(graph: Graph, weights: WeightMap) {
    this.graph = graph;
    this.program = new ProgramWriter(weights, graph.input.channels, graph.paddingMultiple);
    this.maps = new Map([[graph.input, PICTURE]]);
    for (const node of graph.nodes) for (const x of node.inputs) this.addReader(x, node);
    this.addReader(graph.output, "result");
  }

  run(): Program {
    for (const node of this.graph.nodes) {
      if (!this.fused.has(node)) this.lower(node);
      for (const x of node.inputs) this.readers.get(x)?.delete(node);
    }
    return this.program.build(this.flopsPerPixel);
  }

  /** Writes one step. */
  private lower(node: Node): void {
    // The nodes that a convolution takes in have none.
    this.flopsPerPixel.push(2 * multiplyAddsPerPixel(node));
    const { name, operation, inputs, output } = node;
    const [x, y] = inputs;
    if (x === undefined) throw new Error(`Expected an input of ${name}.`);
    switch (operation.kind) {
      case "convolution":
        this.convolution(node, operation, x);
        break;
      case "block":
        this.block(node, operation, x);
        break;
      case "depthwiseConvolution":
        this.program.depthwise(
          this.mapOf(x),
          this.newMap(output),
          `${name}/kernel`,
          `${name}/bias`,
        );
        break;
      case "layerNorm":
        this.program.layerNorm(
          this.mapOf(x),
          this.newMap(output),
          `${name}/weight`,
          `${name}/bias`,
        );
        break;
      case "add": {
        // Over the one that nobody else reads.
        const target = [x, y].find((map) => map !== undefined && this.isReadOnlyBy(map, node));
        if (y === undefined || target === undefined) throw noStep(node);
        this.program.add(this.mapOf(target === x ? y : x), this.mapOf(target));
        this.maps.set(output, this.mapOf(target));
        break;
      }
      default:
        throw noStep(node);
    }
  }

  /** With the PixelShuffle and the sum behind it, where nothing else reads what lies between. */
  private convolution(node: Node, { stride, padding }: ConvolutionOperation, x: FeatureMap): void {
    let last = node;
    let shuffle = 1;
    let added: FeatureMap | undefined;
    const next = this.onlyReader(last.output);
    if (next?.operation.kind === "pixelShuffle") {
      shuffle = next.operation.factor;
      last = this.fuse(next);
    }
    const sum = this.onlyReader(last.output);
    if (sum?.operation.kind === "add") {
      const other = sum.inputs.find((map) => map !== last.output);
      if (other !== undefined && this.maps.has(other)) {
        added = other;
        last = this.fuse(sum);
      }
    }
    const input = this.mapOf(x);
    const isOver = added !== undefined && this.isReadOnlyBy(added, last) && !this.isPicture(added);
    if (added !== undefined && isOver) this.maps.set(last.output, this.mapOf(added));
    const output = this.maps.get(last.output) ?? this.newMap(last.output);
    const add = added === undefined ? undefined : this.mapOf(added);
    const weights = { kernel: `${node.name}/kernel`, bias: `${node.name}/bias` };
    this.program.convolution({ input, output, add, stride, padding, shuffle, ...weights });
  }

  private block(node: Node, { block, body }: BlockOperation, x: FeatureMap): void {
    if (!this.isReadOnlyBy(x, node) || this.isPicture(x)) throw noStep(node);
    const map = this.mapOf(x);
    this.maps.set(node.output, map);
    switch (block) {
      case "NAFBlock":
        this.program.nafBlock({ map, ...nafBlockStep(node.name, x.channels, body) });
        break;
      default:
        block satisfies never;
    }
  }

  private addReader(map: FeatureMap, reader: Node | "result"): void {
    const readers = this.readers.get(map) ?? new Set();
    this.readers.set(map, readers.add(reader));
  }

  private isReadOnlyBy(map: FeatureMap, node: Node): boolean {
    const readers = this.readers.get(map);
    return readers?.size === 1 && readers.has(node);
  }

  /** The node that alone reads a map from now on; undefined if there are several, or it is the result. */
  private onlyReader(map: FeatureMap): Node | undefined {
    const [reader, second] = this.readers.get(map) ?? [];
    return second === undefined && reader !== "result" ? reader : undefined;
  }

  private fuse(node: Node): Node {
    this.fused.add(node);
    return node;
  }

  private isPicture(map: FeatureMap): boolean {
    return map === this.graph.input;
  }

  private mapOf(map: FeatureMap): MapId {
    const id = this.maps.get(map);
    if (id === undefined) throw new Error("A feature map is read before it is computed.");
    return id;
  }

  private newMap(map: FeatureMap): MapId {
    const isResult = map === this.graph.output;
    const id = isResult ? RESULT : this.program.map(map.channels, map.divisor);
    this.maps.set(map, id);
    return id;
  }
}

/** The step's weights are those of the parts, then of one attention and the other: BlockWeight of naf_block.h. */
function nafBlockStep(layer: string, c: number, body: readonly Node[]) {
  const attention = body.find(
    ({ operation }) => operation.kind === "channelAttention" || operation.kind === "mdta",
  );
  const operation = attention?.operation;
  const others = parametersOf(body.filter((part) => part !== attention));
  const parameters = [
    ...others,
    ...within("sca", "sca", convolution(1, c, c)),
    ...within("mdta", "mdta", mdtaParameters(c, 1, true)),
  ];
  const isMdta = operation?.kind === "mdta";
  return {
    attention: isMdta ? "mdta" : "sca",
    heads: isMdta ? operation.heads : 1,
    window: operation?.kind === "channelAttention" ? operation.window : null,
    weights: parameters.map(({ name }) => `${layer}/${name}`),
  } as const;
}

function noStep({ name, operation }: Node): Error {
  return new Error(`The fused engine has no step for ${operation.kind} at ${name} as it stands.`);
}
