/** NAFNet's configuration and, following from it, every parameter of the network. Free of tfjs. */

import {
  type Attention,
  convolution,
  nafBlockParameters,
  type Parameter,
  within,
} from "../../graph/parameters.ts";

/** Everything that tells one NAFNet from another; named as in the reference implementation. */
export interface NAFNetConfig {
  /** Channels of the picture: 3, or 4 where the fourth is a mask. */
  readonly imgChannel: number;
  /** Channels at the first level; twice as many at each level below. */
  readonly width: number;
  /** Blocks at each encoder level; their count is the depth of the U. */
  readonly encBlkNums: readonly number[];
  /** Blocks at the bottom of the U. */
  readonly middleBlkNum: number;
  /** Blocks at each decoder level, the deepest first. */
  readonly decBlkNums: readonly number[];
  /** The attention in every block. */
  readonly attention: Attention;
}

/** Height and width are padded to a multiple of this. */
export function paddingMultiple(config: NAFNetConfig): number {
  return 2 ** config.encBlkNums.length;
}

/**
 * Every parameter, in the order of the data's way through the network.
 *
 * A layer's name is the module's in PyTorch (`encoders.0.1`), the weight's name in it is ours: so
 * PyTorch's `encoders.0.1.conv1.weight` is `encoders.0.1/conv1/kernel`.
 */
export function nafNetParameters(config: NAFNetConfig): Parameter[] {
  const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  const list: Parameter[] = [];
  const add = (module: string, parameters: readonly Parameter[]): void => {
    for (const parameter of within(module, module, parameters)) list.push(parameter);
  };
  const addBlocks = (module: string, count: number, c: number): void => {
    for (let j = 0; j < count; j++) add(`${module}.${j}`, nafBlockParameters(c, attention));
  };

  let c = width;
  add("intro", convolution(3, imgChannel, c));
  for (const [i, count] of encBlkNums.entries()) {
    addBlocks(`encoders.${i}`, count, c);
    add(`downs.${i}`, convolution(2, c, 2 * c));
    c *= 2;
  }
  addBlocks("middle_blks", middleBlkNum, c);
  for (const [i, count] of decBlkNums.entries()) {
    // The pixel shuffle is `ups.i.1` in PyTorch and learns nothing.
    add(`ups.${i}.0`, convolution(1, c, 2 * c, false));
    c /= 2;
    addBlocks(`decoders.${i}`, count, c);
  }
  add("ending", convolution(3, c, imgChannel));
  return list;
}
