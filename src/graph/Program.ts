/**
 * What the fused engine compiles: a network as a list of steps on feature maps, as plain integers, and its
 * weights in one array. native/src/program.h reads the same format. A new architecture writes steps here; only
 * a step that does not exist yet needs C++.
 */

import type { WeightMap } from "./WeightMap.ts";

/** Raised whenever the format changes, together with NAFNET_ABI_VERSION of native/include/nafnet.h. */
export const ABI_VERSION = 1;

/** The first values of a program: magic, version, maps, channels of the picture, padding multiple. */
const MAGIC = 0x4e_41_46_4e; // "NAFN"

/** The code of each step; its arguments follow in the order of the builder's method. */
const STEP = {
  convolution: 1,
  depthwise: 2,
  layerNorm: 3,
  gate: 4,
  add: 5,
  nafBlock: 6,
  pixelShuffle: 7,
} as const;

/** Attention of a block, as the steps spell it. */
const ATTENTION = { sca: 0, mdta: 1 } as const;

/** No map, no weight. */
const NONE = -1;

/** A feature map by its number. */
export type MapId = number & { readonly map: unique symbol };

/** Ready for the engine. */
export interface Program {
  readonly code: Int32Array;
  readonly weights: Float32Array;
}

export interface ConvolutionStep {
  readonly input: MapId;
  readonly output: MapId;
  /** Name of the layer whose `kernel` and, where there is one, `bias` are taken. */
  readonly layer: string;
  /** @default 1 */
  readonly stride?: number;
  /** Rows and columns of zeros above and on the left; below and on the right, what the output needs. @default 0 */
  readonly padding?: number;
  /** PixelShuffle's factor, applied to the result. @default 1 */
  readonly shuffle?: number;
  /** A map of the output's shape that is added to the result; may be the output itself. */
  readonly add?: MapId;
}

export interface NafBlockStep {
  /** The map that the block reads and writes. */
  readonly map: MapId;
  /** Name of the layer. */
  readonly layer: string;
  readonly attention: "sca" | "mdta";
  /** MDTA's heads. @default 1 */
  readonly heads?: number;
  /** TLC's window [height, width]; null: the mean over the whole map. @default null */
  readonly window?: readonly [number, number] | null;
}

/** Writes a program step by step. */
export class ProgramBuilder {
  /** The picture, padded with zeros at the bottom and on the right to the padding multiple. */
  readonly picture: MapId = 0 as MapId;
  /** The result. */
  readonly result: MapId = 1 as MapId;
  private readonly weights: WeightMap;
  private readonly imgChannel: number;
  private readonly paddingMultiple: number;
  private readonly maps: [channels: number, level: number][];
  private readonly steps: number[] = [];
  private readonly offsets: Map<string, number> = new Map();
  private weightCount: number = 0;

  constructor(weights: WeightMap, imgChannel: number, paddingMultiple: number) {
    this.weights = weights;
    this.imgChannel = imgChannel;
    this.paddingMultiple = paddingMultiple;
    this.maps = [
      [imgChannel, 0],
      [imgChannel, 0],
    ];
  }

  /** A new map of `channels` channels, 2^level times smaller than the picture in each direction. */
  map(channels: number, level: number): MapId {
    this.maps.push([channels, level]);
    return (this.maps.length - 1) as MapId;
  }

  convolution(step: ConvolutionStep): void {
    const { input, output, layer, stride = 1, padding = 0, shuffle = 1, add = NONE } = step;
    const [kh = 1, kw = 1, cin = 1, cout = 1] = this.shapeOf(`${layer}/kernel`);
    this.steps.push(
      ...[STEP.convolution, input, output, add, kh, kw, stride, padding, shuffle, cin, cout],
      ...[this.weight(`${layer}/kernel`), this.optional(`${layer}/bias`)],
    );
  }

  /** Each channel by itself; stride 1, as many rows and columns as before. */
  depthwise(input: MapId, output: MapId, layer: string): void {
    const [kh = 1, kw = 1, c = 1] = this.shapeOf(`${layer}/kernel`);
    this.steps.push(
      ...[STEP.depthwise, input, output, kh, kw, c],
      ...[this.weight(`${layer}/kernel`), this.optional(`${layer}/bias`)],
    );
  }

  layerNorm(input: MapId, output: MapId, layer: string): void {
    const [c = 1] = this.shapeOf(`${layer}/weight`);
    this.steps.push(
      ...[STEP.layerNorm, input, output, c],
      ...[this.weight(`${layer}/weight`), this.weight(`${layer}/bias`)],
    );
  }

  /** The first half of the input's channels times the second. */
  gate(input: MapId, output: MapId): void {
    this.steps.push(STEP.gate, input, output);
  }

  /** output += input */
  add(input: MapId, output: MapId): void {
    this.steps.push(STEP.add, input, output);
  }

  pixelShuffle(input: MapId, output: MapId, factor: number): void {
    this.steps.push(STEP.pixelShuffle, input, output, factor);
  }

  nafBlock({ map, layer, attention, heads = 1, window = null }: NafBlockStep): void {
    const parts = [
      ...["norm1/weight", "norm1/bias", "conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias"],
      ...["conv3/kernel", "conv3/bias", "norm2/weight", "norm2/bias", "conv4/kernel", "conv4/bias"],
      ...["conv5/kernel", "conv5/bias", "beta", "gamma", "sca/kernel", "sca/bias"],
      ...["mdta/temperature", "mdta/qkv/kernel", "mdta/qkv/bias", "mdta/qkv_dwconv/kernel"],
      ...["mdta/qkv_dwconv/bias", "mdta/project_out/kernel", "mdta/project_out/bias"],
    ];
    const [windowHeight, windowWidth] = window ?? [0, 0];
    this.steps.push(
      ...[STEP.nafBlock, map, ATTENTION[attention], heads, windowHeight, windowWidth],
      ...parts.map((part) => this.optional(`${layer}/${part}`)),
    );
  }

  build(): Program {
    const weights = new Float32Array(this.weightCount);
    for (const [name, offset] of this.offsets) weights.set(this.tensorOf(name).data, offset);
    const code = Int32Array.from([
      ...[MAGIC, ABI_VERSION, this.maps.length, this.imgChannel, this.paddingMultiple],
      ...this.maps.flatMap(([channels, level]) => [channels, 2 ** level]),
      ...this.steps,
    ]);
    return { code, weights };
  }

  private shapeOf(name: string): readonly number[] {
    return this.tensorOf(name).shape;
  }

  private tensorOf(name: string): { readonly shape: readonly number[]; data: Float32Array } {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new Error(`No weight ${name}.`);
    return tensor;
  }

  /** Where a weight's values begin in the program's weights. */
  private weight(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.weightCount;
    this.offsets.set(name, offset);
    this.weightCount += this.tensorOf(name).data.length;
    return offset;
  }

  private optional(name: string): number {
    return this.weights.has(name) ? this.weight(name) : NONE;
  }
}
