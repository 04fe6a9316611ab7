/** Networks with reproducible weights, small enough for tests. */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Parameter } from "../../src/graph/parameters.ts";
import { pytorchShape } from "../../src/graph/pytorchLayout.ts";
import type { WeightMap } from "../../src/graph/WeightMap.ts";
import type { FloatImage } from "../../src/image/FloatImage.ts";
import { toLayersModel } from "../../src/layers/toLayersModel.ts";
import type { Network } from "../../src/models/Architecture.ts";
import type { NAFNetConfig } from "../../src/models/nafnet/NAFNet.ts";
import { networkFromConfig } from "../../src/models/registry.ts";
import type { Weights } from "../../src/weights/Weights.ts";
import { randomValues } from "../parity/random.ts";

/** Two levels of one block each. */
export const TINY_SCA: NAFNetConfig = {
  imgChannel: 3,
  width: 8,
  encBlkNums: [1, 1],
  middleBlkNum: 1,
  decBlkNums: [1, 1],
  attention: { kind: "sca" },
};

export const TINY_MDTA: NAFNetConfig = {
  ...TINY_SCA,
  attention: { kind: "mdta", heads: 4, useBias: true },
};

/** 1.1 million weights: more than one shard at float32, one at float16. */
export const TWO_SHARDS: NAFNetConfig = { ...TINY_SCA, width: 64 };

export function networkOf(config: NAFNetConfig): Network {
  return networkFromConfig("NAFNet", config);
}

/** PyTorch's keys and shapes, as a checkpoint of this network has them. */
export function stateDictShapes(config: NAFNetConfig): Map<string, { shape: number[] }> {
  return new Map(
    networkOf(config).parameters.map((p) => [p.pytorchName, { shape: pytorchShape(p) }] as const),
  );
}

/** Values that every parameter shows in the output: no factor is 0, activations stay of order 1. */
export function weightMapOf(network: Network): WeightMap {
  return new Map(
    network.parameters.map((p) => [p.name, { shape: p.shape, data: valuesOf(p) }] as const),
  );
}

function valuesOf({ name, shape, initial }: Parameter): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (initial === "ones") return randomValues(name, count, 0.8, 1.2);
  const limit = initial === "zeros" ? 0.4 : 1 / Math.sqrt(initial.fanIn);
  return randomValues(name, count, -limit, limit);
}

/** Weights as a conversion gives them. */
export function weightsOf(config: NAFNetConfig): Weights {
  const network = networkOf(config);
  return {
    network,
    tensors: weightMapOf(network),
    metadata: {
      task: "denoise",
      license: "MIT",
      training: "on nothing",
      tlc: false,
      source: { file: "tiny.pth", sha256: "5".repeat(64) },
    },
  };
}

/** The network as a LayersModel with those weights; the caller disposes it. */
export async function modelOf(
  network: Network,
  weights: WeightMap,
  tlcBase: number | null = null,
): Promise<LayersModel> {
  const model = toLayersModel(network.graph({ tlcBase }), { fastWeightInit: true });
  tf.tidy(() => {
    for (const variable of model.weights) {
      const weight = weights.get(variable.originalName);
      if (weight === undefined) throw new Error(`No value for ${variable.originalName}.`);
      variable.write(tf.tensor(weight.data, [...weight.shape]));
    }
  });
  return model;
}

/** A picture of noise. */
export function imageOf(width: number, height: number, channels = 3, name = "image"): FloatImage {
  const data = randomValues(`${name}/${width}x${height}`, width * height * channels, 0, 1);
  return { width, height, channels, data };
}

/** Result of `model.predict` on a picture; no tensor is left behind. */
export function predict(model: LayersModel, image: FloatImage): Float32Array {
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [1, image.height, image.width, image.channels];
    const y = model.predict(tf.tensor4d(image.data, shape)) as tf.Tensor; // one output
    return y.dataSync() as Float32Array; // float32 in, float32 out
  });
}
