import { describe, expect, it } from "vitest";
import type { Parameter } from "../../src/graph/parameters.ts";
import { fromPytorchLayout, pytorchShape, toPytorchLayout } from "../../src/graph/pytorchLayout.ts";
import { networkOf, TINY_MDTA, TINY_SCA } from "../support/networks.ts";

const KERNEL: Parameter = {
  ...{ name: "kernel", pytorchName: "weight", layout: "convolution", initial: "ones" },
  shape: [1, 2, 3, 4],
};

describe("pytorchLayout", () => {
  it("takes [d, c, kh, kw] to [kh, kw, c, d]", () => {
    expect(pytorchShape(KERNEL)).toEqual([4, 3, 1, 2]);
    const ours = fromPytorchLayout(
      KERNEL,
      Float32Array.from({ length: 24 }, (_, i) => i),
    );
    // Output channel 0 to 3 of input channel 0 at the first position: 6 values apart in PyTorch.
    expect([...ours.slice(0, 4)]).toEqual([0, 6, 12, 18]);
    // The second position.
    expect([...ours.slice(12, 16)]).toEqual([1, 7, 13, 19]);
  });

  it.each([TINY_SCA, TINY_MDTA])("goes there and back for every parameter", (config) => {
    for (const parameter of networkOf(config).parameters) {
      const count = parameter.shape.reduce((product, size) => product * size, 1);
      const values = Float32Array.from({ length: count }, (_, i) => i);
      const theirs = toPytorchLayout(parameter, values);
      expect(fromPytorchLayout(parameter, theirs)).toEqual(values);
    }
  });
});
