/** Graphs that are no NAFNet as programs of the fused engine; NAFNet's is in test/models/program.test.ts. */

import { describe, expect, it } from "vitest";
import type { FeatureMap } from "../../src/graph/Graph.ts";
import { GraphBuilder } from "../../src/graph/GraphBuilder.ts";
import { lowerToProgram } from "../../src/graph/lowerToProgram.ts";
import type { WeightMap } from "../../src/graph/WeightMap.ts";

/** Steps and maps of a program, without the header. */
function program(describeNet: (net: GraphBuilder) => FeatureMap): {
  maps: number[];
  steps: number[];
} {
  const net = new GraphBuilder(3);
  const graph = net.build("net", describeNet(net));
  const weights: WeightMap = new Map(
    graph.parameters.map(({ name, shape }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: new Float32Array(count) }] as const;
    }),
  );
  const values = [...lowerToProgram(graph, weights).code].slice(2);
  const [count = 0] = values;
  return { maps: values.slice(3, 3 + 2 * count), steps: values.slice(3 + 2 * count) };
}

const conv = (net: GraphBuilder, name: string, x: FeatureMap, filters: number): FeatureMap =>
  net.convolution(name, x, filters, 1, { useBias: false });

describe("lowerToProgram", () => {
  it("has steps for depthwise convolutions, LayerNorm and sums that no convolution takes in", () => {
    const { maps, steps } = program((net) => {
      const x = conv(net, "in", net.input, 4);
      const y = net.depthwiseConvolution("dw", x, 3);
      const z = net.layerNorm("norm", y);
      return conv(net, "out", net.add("sum", x, z), 3);
    });
    expect(maps).toEqual([3, 1, 3, 1, 4, 1, 4, 1, 4, 1]);
    expect(steps).toEqual([
      ...[1, 0, 2, -1, 1, 1, 1, 0, 1, 3, 4, 0, -1], // in
      ...[2, 2, 3, 3, 3, 4, 12, 48], // dw
      ...[3, 3, 4, 4, 52, 56], // norm
      ...[5, 4, 2], // sum: over x, which nobody else reads
      ...[1, 2, 1, -1, 1, 1, 1, 0, 1, 4, 3, 60, -1], // out
    ]);
  });

  it("leaves a map as it is that is read again later", () => {
    const { steps } = program((net) => {
      const x = conv(net, "in", net.input, 4);
      const y = net.add("first", conv(net, "a", x, 4), x);
      return conv(net, "out", net.add("second", conv(net, "b", y, 4), x), 3);
    });
    // Input, output and added map of each convolution: the first sum has a map of its own.
    const [a, b] = [steps.slice(13, 26), steps.slice(26, 39)];
    expect(a.slice(1, 4)).toEqual([2, 3, 2]);
    expect(b.slice(1, 4)).toEqual([3, 2, 2]);
  });

  it("does not take in a PixelShuffle whose input is read by others, too", () => {
    expect(() =>
      program((net) => {
        const x = conv(net, "in", net.input, 12);
        const up = net.pixelShuffle("up", net.convolution("down", x, 12, 2, { stride: 2 }), 2);
        return conv(net, "out", net.add("sum", conv(net, "a", up, 12), x), 3);
      }),
    ).not.toThrow();
    expect(() =>
      program((net) => {
        const x = net.convolution("down", net.input, 12, 2, { stride: 2 });
        const up = net.pixelShuffle("up", x, 2);
        return net.add("sum", up, net.pixelShuffle("up2", conv(net, "b", x, 12), 2));
      }),
    ).toThrow("The fused engine has no step for pixelShuffle at up as it stands.");
  });

  it("says of which operation there is no step", () => {
    expect(() =>
      program((net) => conv(net, "out", net.simpleGate("gate", conv(net, "in", net.input, 8)), 3)),
    ).toThrow("The fused engine has no step for simpleGate at gate as it stands.");
  });
});
