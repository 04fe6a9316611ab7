/** Builds a {@link Graph} by calls that read like the paper's figure; shapes are checked on the way. */

import { invalidArgument } from "../base/errors.ts";
import { checkDivisible } from "./checkDivisible.ts";
import type { BlockName, FeatureMap, Graph, Node, Operation, TlcWindow } from "./Graph.ts";
import {
  convolution,
  depthwiseConvolution,
  layerNormParameters,
  mdtaParameters,
  type Parameter,
  scaleParameters,
  within,
} from "./parameters.ts";

/** Options of {@link GraphBuilder.convolution}. */
export interface ConvolutionOptions {
  /** @default 1 */
  readonly stride?: number;
  /** @default true */
  readonly useBias?: boolean;
}

/**
 * Every method takes the module's name in PyTorch and returns the new feature map. In a block, names are
 * relative to the block.
 */
export class GraphBuilder {
  /** The padded picture; of a block's builder, the map that the block reads. */
  readonly input: FeatureMap;
  /** Name of the layer that messages speak of; a block's parts are the block's. */
  private readonly block: string | undefined;
  private readonly nodes: Node[] = [];

  /** @param input the picture's channels, or a block's input */
  constructor(input: number | FeatureMap, block?: string) {
    this.input = typeof input === "number" ? { channels: input, divisor: 1 } : input;
    this.block = block;
  }

  /**
   * Zero padding so that stride 1 leaves height and width as they are.
   *
   * @param filters channels of the output
   * @param kernelSize side of the kernel
   */
  convolution(
    name: string,
    x: FeatureMap,
    filters: number,
    kernelSize: number,
    { stride = 1, useBias = true }: ConvolutionOptions = {},
  ): FeatureMap {
    const padding = Math.floor((kernelSize - 1) / 2);
    return this.append(
      name,
      { kind: "convolution", kernelSize, stride, padding, useBias },
      [x],
      { channels: filters, divisor: x.divisor * stride },
      within(name, name, convolution(kernelSize, x.channels, filters, useBias)),
    );
  }

  depthwiseConvolution(
    name: string,
    x: FeatureMap,
    kernelSize: number,
    { useBias = true }: Pick<ConvolutionOptions, "useBias"> = {},
  ): FeatureMap {
    const parameters = depthwiseConvolution(kernelSize, x.channels, useBias);
    const operation: Operation = { kind: "depthwiseConvolution", kernelSize, useBias };
    return this.append(name, operation, [x], { ...x }, within(name, name, parameters));
  }

  layerNorm(name: string, x: FeatureMap): FeatureMap {
    const parameters = within(name, name, layerNormParameters(x.channels));
    return this.append(name, { kind: "layerNorm" }, [x], { ...x }, parameters);
  }

  simpleGate(name: string, x: FeatureMap): FeatureMap {
    checkDivisible(this.block ?? name, x.channels, 2);
    return this.append(name, { kind: "simpleGate" }, [x], { ...x, channels: x.channels / 2 });
  }

  /**
   * Simplified channel attention's factors, by which `x` is then multiplied.
   *
   * @param window TLC's window in pixels of the map; null: means over the whole map
   */
  channelAttention(name: string, x: FeatureMap, window: TlcWindow | null): FeatureMap {
    // A sequence in PyTorch: the pooling is `sca.0`, the convolution `sca.1`.
    const parameters = within(name, `${name}.1`, convolution(1, x.channels, x.channels));
    return this.append(name, { kind: "channelAttention", window }, [x], { ...x }, parameters);
  }

  /** @param heads must divide the channels */
  mdta(
    name: string,
    x: FeatureMap,
    { heads, useBias }: { readonly heads: number; readonly useBias: boolean },
  ): FeatureMap {
    checkDivisible(this.block ?? name, x.channels, heads);
    const parameters = within(name, name, mdtaParameters(x.channels, heads, useBias));
    return this.append(name, { kind: "mdta", heads, useBias }, [x], { ...x }, parameters);
  }

  multiply(name: string, a: FeatureMap, b: FeatureMap): FeatureMap {
    return this.append(name, { kind: "multiply" }, this.sameShape(name, a, b), { ...a });
  }

  add(name: string, a: FeatureMap, b: FeatureMap): FeatureMap {
    return this.append(name, { kind: "add" }, this.sameShape(name, a, b), { ...a });
  }

  /** `x` times a learnt factor for each channel, which is 0 before training. */
  scale(name: string, x: FeatureMap): FeatureMap {
    return this.append(name, { kind: "scale" }, [x], { ...x }, scaleParameters(name, x.channels));
  }

  pixelShuffle(name: string, x: FeatureMap, factor: number): FeatureMap {
    checkDivisible(name, x.channels, factor ** 2);
    const output = { channels: x.channels / factor ** 2, divisor: x.divisor / factor };
    return this.append(name, { kind: "pixelShuffle", factor }, [x], output);
  }

  /**
   * A composite: operations that have a name together.
   *
   * @param describe builds the body on the block's own builder and returns its output
   */
  composite(
    block: BlockName,
    name: string,
    x: FeatureMap,
    describe: (parts: GraphBuilder) => FeatureMap,
  ): FeatureMap {
    const parts = new GraphBuilder(x, name);
    const output = describe(parts);
    const body = parts.nodes;
    const parameters = within(name, name, parametersOf(body));
    return this.append(name, { kind: "block", block, body }, [x], output, parameters);
  }

  /**
   * @param summary see {@link Graph.summary}
   * @throws NafnetError `INVALID_ARGUMENT` unless the output has the input's shape
   */
  build(name: string, output: FeatureMap, summary: string = name): Graph {
    this.sameShape(name, this.input, output);
    const { input, nodes } = this;
    const paddingMultiple = Math.max(...nodes.map((node) => node.output.divisor));
    const parameters = parametersOf(nodes);
    return { name, summary, input, output, nodes, parameters, paddingMultiple };
  }

  private append(
    name: string,
    operation: Operation,
    inputs: readonly FeatureMap[],
    output: FeatureMap,
    parameters: readonly Parameter[] = [],
  ): FeatureMap {
    this.nodes.push({ name, operation, inputs, output, parameters });
    return output;
  }

  private sameShape(name: string, a: FeatureMap, b: FeatureMap): readonly FeatureMap[] {
    if (a.channels === b.channels && a.divisor === b.divisor) return [a, b];
    const shape = ({ channels, divisor }: FeatureMap): string => `${channels} at 1/${divisor}`;
    throw invalidArgument(
      this.block ?? name,
      "two maps of the same channels and size",
      `${shape(a)} and ${shape(b)}`,
    );
  }
}

/** Learnt tensors of nodes; a block's own come after those of its parts, as model.json has them. */
export function parametersOf(nodes: readonly Node[]): Parameter[] {
  const own = nodes.filter(({ operation }) => operation.kind === "scale");
  return [...nodes.filter((node) => !own.includes(node)), ...own].flatMap((node) => [
    ...node.parameters,
  ]);
}
