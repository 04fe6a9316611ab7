/** Writing a folder of weights that plain tf.loadLayersModel opens after `import "nafnet/layers"`. */

import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { NafnetError } from "../base/errors.ts";
import { float32ToHalf } from "../base/half.ts";
import { sha256 } from "../base/sha256.ts";
import { VERSION } from "../base/version.ts";
import { writeFileAtomic } from "../base/writeFileAtomic.ts";
import type { Network } from "../models/Architecture.ts";
import { FORMAT_VERSION, type ModelJson, SHARD_BYTES, type WeightSpec } from "./modelJson.ts";
import type { Weights } from "./Weights.ts";

/** Names of shards; one of an earlier conversion into the same folder must not stay behind. */
const SHARD_NAME = /^group1-shard\d+of\d+\.bin$/;

/** Options of {@link writeWeights}. */
export interface WriteWeightsOptions {
  /** Store two bytes a value, rounded to float16, instead of four. @default false */
  readonly float16?: boolean;
}

/**
 * Writes model.json and shards of at most 4 MB into `folder`, which is made if need be.
 *
 * @throws NafnetError `INVALID_ARGUMENT` where float16 cannot hold a weight, `OUTPUT_FAILED`
 */
export async function writeWeights(
  weights: Weights,
  folder: string,
  options: WriteWeightsOptions = {},
): Promise<void> {
  const { network, metadata } = weights;
  const { specs, bytes } = encodeTensors(weights, options.float16 ?? false);
  const count = Math.ceil(bytes.byteLength / SHARD_BYTES);
  const shards = Array.from({ length: count }, (_, i) => ({
    path: `group1-shard${i + 1}of${count}.bin`,
    bytes: bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES),
  }));
  const topology = await topologyOf(network);
  const json: ModelJson = {
    format: "layers-model",
    generatedBy: "TensorFlow.js tfjs-layers",
    convertedBy: `nafnet ${VERSION}`,
    modelTopology: topology,
    weightsManifest: [{ paths: shards.map(({ path }) => path), weights: specs }],
    userDefinedMetadata: {
      nafnet: {
        formatVersion: FORMAT_VERSION,
        architecture: network.architecture,
        config: network.config,
        ...metadata,
        shards: Object.fromEntries(shards.map((shard) => [shard.path, sha256(shard.bytes)])),
      },
    },
  };

  await removeOldShards(folder, new Set(shards.map(({ path }) => path)));
  for (const shard of shards) await writeFileAtomic(join(folder, shard.path), shard.bytes);
  // Last: a folder with a model.json is a whole one.
  const text = new TextEncoder().encode(`${JSON.stringify(json)}\n`);
  await writeFileAtomic(join(folder, "model.json"), text);
}

/** The layers in tfjs's format, which only a built model gives; building needs a backend. */
async function topologyOf(network: Network): Promise<object> {
  const { readyBackend } = await import("../engine/tfjs/backend.ts");
  await readyBackend();
  const { toLayersModel } = await import("../layers/toLayersModel.ts");
  const model = toLayersModel(network.graph({ tlcBase: null }), { fastWeightInit: true });
  const topology = model.toJSON(null, false) as object; // an object unless a string is asked for
  model.dispose();
  return topology;
}

function encodeTensors(
  weights: Weights,
  float16: boolean,
): { specs: WeightSpec[]; bytes: Uint8Array } {
  const specs: WeightSpec[] = [];
  const values = [...weights.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(values * (float16 ? 2 : 4));
  const view = new DataView(bytes.buffer);
  let byteOffset = 0;
  for (const [name, { shape, data }] of weights.tensors) {
    specs.push({
      name,
      shape,
      dtype: "float32",
      ...(float16 && { quantization: { dtype: "float16" } }),
    });
    for (const value of data) {
      if (float16) {
        view.setUint16(byteOffset, toHalf(name, value), true);
        byteOffset += 2;
      } else {
        view.setFloat32(byteOffset, value, true);
        byteOffset += 4;
      }
    }
  }
  return { specs, bytes };
}

function toHalf(name: string, value: number): number {
  const half = float32ToHalf(value);
  if ((half & 0x7fff) === 0x7c00) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected weights within ±65504 for float16 but ${name} holds ${value}; write float32 instead.`,
    );
  }
  return half;
}

async function removeOldShards(folder: string, kept: ReadonlySet<string>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const file of await readdir(folder)) {
      if (SHARD_NAME.test(file) && !kept.has(file)) await unlink(join(folder, file));
    }
  } catch (error) {
    throw new NafnetError("OUTPUT_FAILED", `Could not write to the folder ${folder}.`, error);
  }
}
