/**
 * `nafnet/layers`: the network's parts as custom tfjs layers, and the networks made of them.
 * After importing this, plain `tf.loadLayersModel` opens a nafnet model.json.
 *
 * @packageDocumentation
 */

export type { TlcWindow } from "../graph/Graph.ts";
export type { Attention, NAFNetConfig } from "../models/nafnet/NAFNet.ts";
export { buildNAFNet, type NAFNetOptions } from "./buildNAFNet.ts";
export { CropLike } from "./CropLike.ts";
export { LAYER_NORM_EPSILON, LayerNorm2d, type LayerNorm2dArgs } from "./LayerNorm2d.ts";
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
