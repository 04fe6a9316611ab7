/** Shapes that are checked while a network is described, and what follows from the description. */

import { describe, expect, it } from "vitest";
import { flatten } from "../../src/graph/Graph.ts";
import { GraphBuilder } from "../../src/graph/GraphBuilder.ts";
import { networkFromConfig } from "../../src/models/registry.ts";
import { errorOf } from "../support/errors.ts";
import { networkOf, TINY_MDTA, TINY_SCA } from "../support/networks.ts";

describe("GraphBuilder", () => {
  it("knows channels and size of each map", () => {
    const net = new GraphBuilder(3);
    const x = net.convolution("a", net.input, 8, 3, { stride: 2 });
    expect(x).toEqual({ channels: 8, divisor: 2 });
    expect(net.simpleGate("b", x)).toEqual({ channels: 4, divisor: 2 });
    expect(net.pixelShuffle("c", x, 2)).toEqual({ channels: 2, divisor: 1 });
    expect(net.depthwiseConvolution("d", x, 3)).toEqual(x);
    expect(net.layerNorm("e", x)).toEqual(x);
  });

  it("refuses what does not fit, with the layer's name", () => {
    const net = new GraphBuilder(3);
    const half = net.convolution("down", net.input, 3, 2, { stride: 2 });
    const odd = net.convolution("odd", net.input, 5, 1);
    const messages = [
      () => net.add("sum", net.input, half),
      () => net.multiply("product", net.input, odd),
      () => net.simpleGate("gate", odd),
      () => net.pixelShuffle("shuffle", half, 2),
      () => net.mdta("attention", odd, { heads: 2, useBias: true }),
      () => net.build("net", odd),
    ].map((work) => {
      const { code, message } = errorOf(work);
      expect(code).toBe("INVALID_ARGUMENT");
      return message;
    });
    expect(messages).toEqual([
      "Expected two maps of the same channels and size for sum but received 3 at 1/1 and 3 at 1/2.",
      "Expected two maps of the same channels and size for product but received 3 at 1/1 and 5 at 1/1.",
      "Expected channels divisible by 2 for gate but received 5.",
      "Expected channels divisible by 4 for shuffle but received 3.",
      "Expected channels divisible by 2 for attention but received 5.",
      "Expected two maps of the same channels and size for net but received 3 at 1/1 and 5 at 1/1.",
    ]);
  });

  it("names a block's parameters after the block, its own behind those of its parts", () => {
    const { nodes } = networkOf(TINY_SCA).graph({ tlcBase: null });
    const block = nodes.find(({ name }) => name === "encoders.0.0");
    expect(block?.parameters.map(({ name }) => name.replace("encoders.0.0/", ""))).toEqual([
      ...["norm1/weight", "norm1/bias", "conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias"],
      ...["sca/kernel", "sca/bias", "conv3/kernel", "conv3/bias", "norm2/weight", "norm2/bias"],
      ...["conv4/kernel", "conv4/bias", "conv5/kernel", "conv5/bias", "beta", "gamma"],
    ]);
    expect(block?.parameters.map(({ pytorchName }) => pytorchName)).toContain(
      "encoders.0.0.sca.1.weight",
    );
  });

  it("pads to a multiple of the deepest map's divisor", () => {
    const config = { ...TINY_SCA, encBlkNums: [0, 0, 1], decBlkNums: [0, 0, 1] };
    expect(networkOf(config).graph({ tlcBase: null }).paddingMultiple).toBe(8);
  });
});

describe("flatten", () => {
  it("has each block's parts in place of the block", () => {
    const { nodes } = networkFromConfig("NAFNet", TINY_MDTA).graph({ tlcBase: null });
    const kinds = flatten(nodes).map(({ operation }) => operation.kind);
    expect(kinds).not.toContain("block");
    expect(kinds.filter((kind) => kind === "mdta")).toHaveLength(5);
    expect(kinds.slice(0, 4)).toEqual([
      "convolution",
      "layerNorm",
      "convolution",
      "depthwiseConvolution",
    ]);
  });
});
