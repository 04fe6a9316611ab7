/** Work and peak memory, as they follow from a network's description. */

import { describe, expect, it } from "vitest";
import { flopsOf } from "../../src/graph/multiplyAdds.ts";
import { peakValuesPerPixel } from "../../src/layers/peakValuesPerPixel.ts";
import type { Attention } from "../../src/models/nafnet/NAFNet.ts";
import { networkOf, TINY_MDTA, TINY_SCA } from "../support/networks.ts";

const SIDD = { middleBlkNum: 12, encBlkNums: [2, 2, 4, 8], decBlkNums: [2, 2, 2, 2] };
const SCA: Attention = { kind: "sca" };

function gigaMultiplyAdds(width: number): number {
  const config = { imgChannel: 3, width, ...SIDD, attention: SCA };
  return flopsOf(networkOf(config).graph({ tlcBase: null }), 256, 256) / 2e9;
}

describe("flopsOf", () => {
  it("has the published multiply-adds at 256x256", () => {
    // README of the reference implementation: 16 G for width 32, 65 G for width 64.
    expect(gigaMultiplyAdds(32)).toBeCloseTo(16, 0);
    expect(gigaMultiplyAdds(64)).toBeGreaterThan(63);
    expect(gigaMultiplyAdds(64)).toBeLessThan(66);
  });

  it("counts a block of c channels as 6 c² + 18 c a pixel, with MDTA more", () => {
    const blocks = (config: typeof TINY_SCA): number => {
      const without = { ...config, middleBlkNum: config.middleBlkNum - 1 };
      const [more, less] = [config, without].map((each) =>
        flopsOf(networkOf(each).graph({ tlcBase: null }), 4, 4),
      );
      return ((more ?? 0) - (less ?? 0)) / 2; // one pixel at the bottom of the U, of 32 channels
    };
    expect(blocks(TINY_SCA)).toBe(6 * 32 ** 2 + 18 * 32);
    expect(blocks(TINY_MDTA)).toBe(10 * 32 ** 2 + 45 * 32 + 2 * 32 * (32 / 4));
  });

  it("counts the padded picture", () => {
    const graph = networkOf(TINY_SCA).graph({ tlcBase: null });
    expect(flopsOf(graph, 5, 3)).toBe(flopsOf(graph, 8, 4));
  });
});

describe("peakValuesPerPixel", () => {
  it.each([
    [TINY_SCA, 9 + 6 * 8],
    [{ ...TINY_SCA, imgChannel: 4, width: 16 }, 12 + 6 * 16],
    [TINY_MDTA, 9 + 6 * 8],
  ])("is six maps of a block at the first level beside three pictures", (config, expected) => {
    expect(peakValuesPerPixel(networkOf(config).graph({ tlcBase: null }))).toBe(expected);
  });
});
