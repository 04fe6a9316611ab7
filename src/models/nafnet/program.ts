/**
 * NAFNet as a program of the fused engine: the same network as NAFNet.ts, step by step on feature maps.
 * "Simple Baselines for Image Restoration", arXiv 2204.04676, figure 2 (c) and section 5;
 * reference: basicsr/models/archs/NAFNet_arch.py. TLC: arXiv 2112.04491.
 *
 * A level of the U has one map: the encoder's blocks work on it in place, it waits as the skip connection
 * while the levels below are computed, the decoder adds to it and its blocks work on it again.
 */

import { type MapId, type Program, ProgramBuilder } from "../../graph/Program.ts";
import type { WeightMap } from "../../graph/WeightMap.ts";
import { type NAFNetConfig, paddingMultiple } from "./parameters.ts";
import { tlcWindow } from "./tlcWindow.ts";

/**
 * @param weights every parameter of `nafNetParameters`; copied
 * @param tlcBase TLC's window in pixels at the first level; null: the means are over the whole picture
 */
export function buildNAFNetProgram(
  config: NAFNetConfig,
  weights: WeightMap,
  tlcBase: number | null,
): Program {
  const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  const net = new ProgramBuilder(weights, imgChannel, paddingMultiple(config));
  const { kind, ...mdta } = attention;
  const blocks = (name: string, count: number, level: number, map: MapId): void => {
    const window = tlcBase === null ? null : tlcWindow(tlcBase, level);
    for (let j = 0; j < count; j++) {
      net.nafBlock({ map, layer: `${name}.${j}`, attention: kind, ...mdta, window });
    }
  };

  let x = net.map(width, 0); // [h, w, width]
  let level = 0;
  net.convolution({ input: net.picture, output: x, layer: "intro", padding: 1 });

  const skips: MapId[] = [];
  for (const [i, count] of encBlkNums.entries()) {
    blocks(`encoders.${i}`, count, level, x);
    skips.push(x);
    level++;
    const below = net.map(width * 2 ** level, level); // [h/2, w/2, 2c]
    net.convolution({ input: x, output: below, layer: `downs.${i}`, stride: 2 });
    x = below;
  }

  blocks("middle_blks", middleBlkNum, level, x);

  for (const [i, count] of decBlkNums.entries()) {
    level--;
    const skip = skips.pop()!; // [2h, 2w, c/2]; there are as many levels up as down
    // 1x1 to 2c channels, of which the shuffle makes c/2 at twice the height and width; then + skip.
    net.convolution({ input: x, output: skip, layer: `ups.${i}.0`, shuffle: 2, add: skip });
    x = skip;
    blocks(`decoders.${i}`, count, level, x);
  }

  net.convolution({
    input: x,
    output: net.result,
    layer: "ending",
    padding: 1,
    add: net.picture,
  }); // [h, w, imgChannel]
  return net.build();
}
