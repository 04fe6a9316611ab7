/**
 * `nafnet/layers`: the network's parts as custom tfjs layers, and the networks made of them.
 * After importing this, plain `tf.loadLayersModel` opens a nafnet model.json.
 *
 * @packageDocumentation
 */

export type { Attention } from "../graph/parameters.ts";
export { buildNAFNet, type NAFNetOptions } from "../models/nafnet/NAFNet.ts";
export type { NAFNetConfig } from "../models/nafnet/parameters.ts";
export { CropLike } from "./CropLike.ts";
export { LAYER_NORM_EPSILON, LayerNorm2d, type LayerNorm2dArgs } from "./LayerNorm2d.ts";
export type { TlcWindow } from "./localMean.ts";
export { DEFAULT_HEADS, MDTA, type MDTAArgs } from "./MDTA.ts";
export { NAFBlock, type NAFBlockArgs } from "./NAFBlock.ts";
export { PadToMultiple, type PadToMultipleArgs } from "./PadToMultiple.ts";
export { PixelShuffle, type PixelShuffleArgs } from "./PixelShuffle.ts";
export { SimpleGate } from "./SimpleGate.ts";
export {
  SimplifiedChannelAttention,
  type SimplifiedChannelAttentionArgs,
} from "./SimplifiedChannelAttention.ts";
export type { LayerArgs } from "./shapes.ts";
