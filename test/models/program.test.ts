/** NAFNet as a program of the fused engine: what the core reads, decoded again. */

import { describe, expect, it } from "vitest";
import { lowerToProgram } from "../../src/graph/lowerToProgram.ts";
import type { NAFNetConfig } from "../../src/models/nafnet/NAFNet.ts";
import { networkOf, TINY_MDTA, TINY_SCA, weightMapOf } from "../support/networks.ts";

/** Integers of each step beside its code, from native/src/program.h. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 12, 6: 30 };
const CONVOLUTION = 1;
const NAF_BLOCK = 6;

interface Decoded {
  readonly header: readonly number[];
  readonly maps: readonly (readonly number[])[];
  readonly steps: readonly (readonly number[])[];
  readonly weights: Float32Array;
}

function decodedProgram(config: NAFNetConfig, tlcBase: number | null = null): Decoded {
  const network = networkOf(config);
  const { code, weights } = lowerToProgram(network.graph({ tlcBase }), weightMapOf(network));
  const values = [...code];
  const header = values.splice(0, 5);
  const maps = Array.from({ length: header[2] ?? 0 }, () => values.splice(0, 2));
  const steps: number[][] = [];
  while (values.length > 0) steps.push(values.splice(0, 1 + (LENGTHS[values[0] ?? 0] ?? 1000)));
  return { header, maps, steps, weights };
}

describe("the program of a NAFNet", () => {
  it("has a map a level beside the picture and the result", () => {
    const { header, maps } = decodedProgram(TINY_SCA);
    expect(header).toEqual([0x4e41464e, 1, 5, 3, 4]);
    // Channels, and by what the picture's size is divided.
    expect(maps).toEqual([
      [3, 1],
      [3, 1],
      [8, 1],
      [16, 2],
      [32, 4],
    ]);
  });

  it("goes down and up the U on them", () => {
    const { steps } = decodedProgram(TINY_SCA);
    const shapes = steps.map(([code, ...rest]) =>
      code === CONVOLUTION ? ["conv", ...rest.slice(0, 10)] : ["block", rest[0]],
    );
    expect(shapes).toEqual([
      // input, output, add, kh, kw, stride, padding, shuffle, cin, cout
      ["conv", 0, 2, -1, 3, 3, 1, 1, 1, 3, 8],
      ["block", 2],
      ["conv", 2, 3, -1, 2, 2, 2, 0, 1, 8, 16],
      ["block", 3],
      ["conv", 3, 4, -1, 2, 2, 2, 0, 1, 16, 32],
      ["block", 4],
      ["conv", 4, 3, 3, 1, 1, 1, 0, 2, 32, 64],
      ["block", 3],
      ["conv", 3, 2, 2, 1, 1, 1, 0, 2, 16, 32],
      ["block", 2],
      ["conv", 2, 1, 0, 3, 3, 1, 1, 1, 8, 3],
    ]);
    expect(steps.filter(([code]) => code === CONVOLUTION).map((step) => step.at(-1))).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      -1, // the ups have no bias
      -1,
      expect.any(Number),
    ]);
  });

  it.each([TINY_SCA, TINY_MDTA])("has every weight, once", (config) => {
    const { steps, weights } = decodedProgram(config);
    const network = networkOf(config);
    const map = weightMapOf(network);
    const total = network.parameters.reduce((sum, { name }) => sum + map.get(name)!.data.length, 0);
    expect(weights.length).toBe(total);
    const offsets = steps.flatMap((step) =>
      step[0] === NAF_BLOCK ? step.slice(6) : step.slice(-2),
    );
    const used = offsets.filter((offset) => offset >= 0);
    expect(new Set(used).size).toBe(network.parameters.length);
    const intro = map.get("intro/kernel")!.data;
    expect(weights.subarray(0, intro.length)).toEqual(intro);
  });

  it("has the attention, its heads and TLC's window of each level", () => {
    const blocks = (config: NAFNetConfig, tlcBase: number | null) =>
      decodedProgram(config, tlcBase)
        .steps.filter(([code]) => code === NAF_BLOCK)
        .map((step) => step.slice(2, 6)); // attention, heads, window
    expect(blocks(TINY_MDTA, null)[0]).toEqual([1, 4, 0, 0]);
    expect(blocks(TINY_SCA, 384).slice(0, 3)).toEqual([
      [0, 1, 384, 384],
      [0, 1, 192, 192],
      [0, 1, 96, 96],
    ]);
  });
});
