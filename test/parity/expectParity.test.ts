import { describe, expect, it } from "vitest";
import { expectParity } from "./expectParity.ts";

describe("expectParity", () => {
  it("returns what it measured", () => {
    const measured = expectParity([1, 2.5, -4], [1, 2, -4], { tolerance: 0.5 });
    expect(measured).toEqual({ maxAbs: 0.5, maxRel: 0.125 });
    expect(expectParity([0, 0], [0, 0], { tolerance: 0 })).toEqual({ maxAbs: 0, maxRel: 0 });
  });

  it("names the worst value's place, both values and the decades", () => {
    const compare = () =>
      expectParity([1, 2.25, 3, 4], [1, 2, 3.0625, 4], {
        tolerance: 0.1,
        shape: [1, 2, 2],
        label: "cpu",
      });
    expect(compare).toThrow("cpu: Expected a difference of at most 0.1 but received 2.500e-1");
    expect(compare).toThrow("at index 1 [0, 0, 1]: 2.25, PyTorch 2\n");
    expect(compare).toThrow("  ≥ 1e-1: 1\n  ≥ 1e-2: 1\n  exact: 2");
  });

  it.each([
    ["a wrong length", [1, 2], [1], {}, "Expected 1 values but received 2"],
    ["NaN", [1, Number.NaN], [1, 2], {}, "Expected finite values but at index 1: NaN, PyTorch 2"],
    ["infinity", [Infinity], [Infinity], {}, "Expected finite values"],
    ["a wrong shape", [1], [1], { shape: [1, 1], actualShape: [1] }, "Expected shape [1,1]"],
  ])("rejects %s", (_, actual, expected, shapes, message) => {
    expect(() => expectParity(actual, expected, { tolerance: 1e9, ...shapes })).toThrow(message);
  });
});
