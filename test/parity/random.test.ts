import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { expectedFor, manifest, outputBytes, parityCases, toNhwc } from "./fixtures.ts";
import { inputFor, randomValues, stateDictFor } from "./random.ts";

describe("randomValues", () => {
  it.each(manifest.samples)("makes numpy's values of $name", ({ name, low, high, values }) => {
    expect([...randomValues(name, values.length, low, high)]).toEqual(values);
  });

  it("stays within its bounds and covers them", () => {
    const values = randomValues("bounds", 10_000, -2, 3);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 1);
  });
});

describe("the reference tensors", () => {
  it("are the ones that the manifest was written with", () => {
    expect(outputBytes.byteLength).toBe(manifest.outputs.bytes);
    expect(sha256(outputBytes)).toBe(manifest.outputs.sha256);
  });

  it.each(manifest.cases)("$name has its hash", ({ output, sha256: expected }) => {
    const bytes = 4 * output.shape.reduce((total, size) => total * size, 1);
    expect(sha256(outputBytes.subarray(output.offset, output.offset + bytes))).toBe(expected);
  });

  it("have distinct names", () => {
    expect(new Set(manifest.cases.map(({ name }) => name)).size).toBe(manifest.cases.length);
  });

  it("put a mask of zeros and ones into the fourth channel", () => {
    const masked = parityCases("NAFNet").find(({ input }) => input.mask_channel === 3)!;
    const { shape, data } = toNhwc(inputFor(masked));
    expect(shape[3]).toBe(4);
    const mask = data.filter((_, i) => i % 4 === 3);
    expect(new Set(mask)).toEqual(new Set([0, 1]));
  });

  // No network needed: a gate is a product, so this compares input, layout and output with PyTorch's.
  it.each(parityCases("SimpleGate"))("$name is its input's halves multiplied", (parityCase) => {
    const { shape, data } = toNhwc(inputFor(parityCase));
    const channels = shape[3]! / 2;
    const expected = toNhwc(expectedFor(parityCase)).data;
    const product = expected.map((_, i) => {
      const first = 2 * channels * Math.floor(i / channels) + (i % channels);
      return data[first]! * data[first + channels]!;
    });
    expect(product).toEqual(expected);
  });
});

describe("stateDictFor", () => {
  it("gives PyTorch's keys and shapes", () => {
    const parityCase = parityCases("NAFNet").find(({ name }) => name === "tiny-mdta-w16-1x1")!;
    const stateDict = stateDictFor(parityCase);
    expect(stateDict.get("encoders.0.0.mdta.temperature")?.shape).toEqual([8, 1, 1]);
    expect(stateDict.get("ups.0.0.weight")?.shape).toEqual([128, 64, 1, 1]);
    expect(stateDict.get("middle_blks.0.beta")?.data.length).toBe(64);
    expect(stateDict.has("ups.0.0.bias")).toBe(false);
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
