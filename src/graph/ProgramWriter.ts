/**
 * The fused engine's program: a network as a list of steps on feature maps, as plain integers, and its weights
 * in one array. native/src/program.cc reads it, each step by its file of native/src/ops. Only a step that does not
 * exist yet needs C++.
 */

import type { WeightMap } from "./WeightMap.ts";

/** NAFNET_ABI_VERSION of native/include/nafnet.h: of what passes between it and its callers. */
export const ABI_VERSION = 2;

/** NAFNET_PROGRAM_VERSION of the same: raised whenever the format of programs changes. */
const PROGRAM_VERSION = 1;

/** The first values of a program: magic, version, maps, channels of the picture, padding multiple. */
const MAGIC = 0x4e_41_46_4e; // "NAFN"

/** The code of each step; its arguments follow in the order of the writer's method. */
const STEP = { convolution: 1, depthwise: 2, layerNorm: 3, add: 5, nafBlock: 6 } as const;

/** Attention of a block, as the steps spell it. */
const ATTENTION = { sca: 0, mdta: 1 } as const;

/** No map, no weight. */
const NONE = -1;

/** A feature map's number. */
export type MapId = number & { readonly map: unique symbol };

/** The picture, padded with zeros at the bottom and on the right to the padding multiple. */
export const PICTURE: MapId = 0 as MapId;
/** The result. */
export const RESULT: MapId = 1 as MapId;

/** A network, ready for the engine. */
export interface Program {
  /** Steps on feature maps. */
  readonly code: Int32Array;
  /** Values that the steps' offsets point into. */
  readonly weights: Float32Array;
  /** Multiplications and additions of each step for a pixel of the padded picture. */
  readonly flopsPerPixel: Float64Array;
}

export interface ConvolutionStep {
  readonly input: MapId;
  readonly output: MapId;
  /** Map of the output's shape that is added to the result; may be the output itself. */
  readonly add: MapId | undefined;
  readonly stride: number;
  /** Rows and columns of zeros above and on the left; below and on the right, as the output needs. */
  readonly padding: number;
  /** PixelShuffle's factor, applied to the result; 1: none. */
  readonly shuffle: number;
  /** Names of the weights; a bias that the network has not is none. */
  readonly kernel: string;
  readonly bias: string;
}

export interface NafBlockStep {
  /** The map that the block reads and writes. */
  readonly map: MapId;
  readonly attention: keyof typeof ATTENTION;
  /** MDTA's heads; 1 for SCA. */
  readonly heads: number;
  /** TLC's window; null: the mean over the whole map. */
  readonly window: readonly [height: number, width: number] | null;
  /** Names of the weights in the order of BlockWeight in native/src/ops/naf_block.h; one that is not there is none. */
  readonly weights: readonly string[];
}

/** Writes a program step by step. */
export class ProgramWriter {
  private readonly weights: WeightMap;
  private readonly imgChannel: number;
  private readonly paddingMultiple: number;
  private readonly maps: [channels: number, divisor: number][];
  private readonly steps: number[] = [];
  private readonly offsets: Map<string, number> = new Map();
  private weightCount: number = 0;

  constructor(weights: WeightMap, imgChannel: number, paddingMultiple: number) {
    this.weights = weights;
    this.imgChannel = imgChannel;
    this.paddingMultiple = paddingMultiple;
    this.maps = [
      [imgChannel, 1],
      [imgChannel, 1],
    ];
  }

  /** A new map, `divisor` times smaller than the picture in each direction. */
  map(channels: number, divisor: number): MapId {
    this.maps.push([channels, divisor]);
    return (this.maps.length - 1) as MapId;
  }

  convolution(step: ConvolutionStep): void {
    const { input, output, add = NONE, stride, padding, shuffle, kernel, bias } = step;
    const [kh = 1, kw = 1, cin = 1, cout = 1] = this.tensor(kernel).shape;
    this.steps.push(
      ...[STEP.convolution, input, output, add, kh, kw, stride, padding, shuffle, cin, cout],
      ...[this.offset(kernel), this.offset(bias)],
    );
  }

  /** Each channel by itself; stride 1, as many rows and columns as before. */
  depthwise(input: MapId, output: MapId, kernel: string, bias: string): void {
    const [kh = 1, kw = 1, c = 1] = this.tensor(kernel).shape;
    this.steps.push(
      ...[STEP.depthwise, input, output, kh, kw, c, this.offset(kernel), this.offset(bias)],
    );
  }

  layerNorm(input: MapId, output: MapId, weight: string, bias: string): void {
    const [c = 1] = this.tensor(weight).shape;
    this.steps.push(STEP.layerNorm, input, output, c, this.offset(weight), this.offset(bias));
  }

  /** output += input */
  add(input: MapId, output: MapId): void {
    this.steps.push(STEP.add, input, output);
  }

  nafBlock({ map, attention, heads, window, weights }: NafBlockStep): void {
    const [windowHeight, windowWidth] = window ?? [0, 0];
    this.steps.push(
      ...[STEP.nafBlock, map, ATTENTION[attention], heads, windowHeight, windowWidth],
      ...weights.map((name) => this.offset(name)),
    );
  }

  /** @param flopsPerPixel of each step, see {@link Program} */
  build(flopsPerPixel: readonly number[]): Program {
    const weights = new Float32Array(this.weightCount);
    for (const [name, offset] of this.offsets) weights.set(this.tensor(name).data, offset);
    const code = Int32Array.from([
      ...[MAGIC, PROGRAM_VERSION, this.maps.length, this.imgChannel, this.paddingMultiple],
      ...this.maps.flat(),
      ...this.steps,
    ]);
    return { code, weights, flopsPerPixel: Float64Array.from(flopsPerPixel) };
  }

  private tensor(name: string): { readonly shape: readonly number[]; data: Float32Array } {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new Error(`No weight ${name}.`);
    return tensor;
  }

  /** Where a weight's values begin in the program's weights; NONE for one that the network has not. */
  private offset(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const tensor = this.weights.get(name);
    if (tensor === undefined) return NONE;
    const offset = this.weightCount;
    this.offsets.set(name, offset);
    this.weightCount += tensor.data.length;
    return offset;
  }
}
