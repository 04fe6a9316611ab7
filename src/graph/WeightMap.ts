/** Weights in memory, the same for every engine: a converted checkpoint, or model.json with its shards. */

/** One weight: float32 values in row-major order. */
export interface WeightTensor {
  readonly shape: readonly number[];
  /** `shape`'s product values; owned by the map, not to be written to. */
  readonly data: Float32Array;
}

/** Values of a tensor of this shape: the product of its sizes. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Weights by their name in model.json, e.g. `encoders.0.0/conv1/kernel`; convolution kernels are HWIO. */
export type WeightMap = ReadonlyMap<string, WeightTensor>;
