/**
 * NAFNet, the whole network: a U-Net of NAFBlocks.
 * "Simple Baselines for Image Restoration", arXiv 2204.04676, figure 2 (c) and section 5;
 * reference: basicsr/models/archs/NAFNet_arch.py. TLC: arXiv 2112.04491.
 * For the fused engine: program.ts.
 */

import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { NafnetError } from "../../base/errors.ts";
import { CropLike } from "../../layers/CropLike.ts";
import { NAFBlock } from "../../layers/NAFBlock.ts";
import { PadToMultiple } from "../../layers/PadToMultiple.ts";
import { PixelShuffle } from "../../layers/PixelShuffle.ts";
import { type NAFNetConfig, paddingMultiple } from "./parameters.ts";
import { tlcWindow } from "./tlcWindow.ts";

/** Options of {@link buildNAFNet}. */
export interface NAFNetOptions {
  /**
   * TLC's window in pixels at the first level, 1.5 times the training size; null: the means are over
   * the whole picture. Only simplified channel attention has a mean. @default null
   */
  tlcBase?: number | null;
  /** Start from zeros instead of random weights, because they are about to be set. @default false */
  fastWeightInit?: boolean;
}

/**
 * Builds the network for pictures of any height and width.
 *
 * @returns a model from float32 [n, h, w, imgChannel], values 0–1, to the same shape; nothing is clamped.
 *   The caller disposes it.
 */
export function buildNAFNet(config: NAFNetConfig, options: NAFNetOptions = {}): LayersModel {
  const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  const { tlcBase = null, fastWeightInit = false } = options;
  if (encBlkNums.length !== decBlkNums.length) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected as many levels in decBlkNums as in encBlkNums but received ${decBlkNums.length} and ${encBlkNums.length}.`,
    );
  }

  const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor => {
    layer.setFastWeightInitDuringBuild(fastWeightInit);
    return layer.apply(x) as SymbolicTensor; // symbolic in, symbolic out
  };
  const conv = (name: string, filters: number, kernelSize: number, strides = 1, useBias = true) =>
    layers.conv2d({ name, filters, kernelSize, strides, useBias, padding: "same" });
  const blocks = (
    name: string,
    count: number,
    level: number,
    x: SymbolicTensor,
  ): SymbolicTensor => {
    const window = tlcBase === null ? null : tlcWindow(tlcBase, level);
    const { kind, ...mdta } = attention;
    return Array.from({ length: count }, (_, j) => `${name}.${j}`).reduce(
      (t, block) => apply(new NAFBlock({ name: block, attention: kind, ...mdta, window }), t),
      x,
    );
  };

  const picture = input({ shape: [null, null, imgChannel], name: "picture" });
  const padded = apply(
    new PadToMultiple({ name: "padded", multiple: paddingMultiple(config) }),
    picture,
  );
  let x = apply(conv("intro", width, 3), padded); // [n, h, w, width]
  let level = 0;

  const skips: SymbolicTensor[] = [];
  for (const [i, count] of encBlkNums.entries()) {
    x = blocks(`encoders.${i}`, count, level, x);
    skips.push(x);
    level++;
    x = apply(conv(`downs.${i}`, width * 2 ** level, 2, 2), x); // [n, h/2, w/2, 2c]
  }

  x = blocks("middle_blks", middleBlkNum, level, x);

  for (const [i, count] of decBlkNums.entries()) {
    x = apply(conv(`ups.${i}.0`, 2 * width * 2 ** level, 1, 1, false), x); // [n, h, w, 2c]
    x = apply(new PixelShuffle({ name: `ups.${i}.1` }), x); // [n, 2h, 2w, c/2]
    level--;
    const skip = skips.pop();
    if (skip !== undefined) x = apply(layers.add({ name: `skips.${level}` }), [x, skip]);
    x = blocks(`decoders.${i}`, count, level, x);
  }

  x = apply(conv("ending", imgChannel, 3), x); // [n, h, w, imgChannel]
  x = apply(layers.add({ name: "residual" }), [x, padded]);
  x = apply(new CropLike({ name: "restored" }), [x, picture]);
  return model({ name: "NAFNet", inputs: picture, outputs: x });
}
