/** Reads and verifies a folder of weights: model.json and its shards. Free of tfjs. */

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NafnetError } from "../errors.ts";
import type { Network } from "../models/Network.ts";
import { networkFromConfig } from "../models/registry.ts";
import { halfToFloat32 } from "./half.ts";
import {
  bytesPerValue,
  MAX_MODEL_JSON_BYTES,
  type ParsedModelJson,
  parseModelJson,
  type WeightSpec,
} from "./modelJson.ts";
import { sha256 } from "./sha256.ts";
import { valueCount, type WeightTensor } from "./WeightMap.ts";
import type { Weights } from "./Weights.ts";

/**
 * Reads weights and holds each shard to its SHA-256, each tensor to the network's parameters.
 *
 * @param folder that holds model.json
 * @throws NafnetError `WEIGHTS_MISSING` without a model.json, `WEIGHTS_CORRUPT` for anything damaged,
 *   missing or inconsistent, `MODEL_UNSUPPORTED` for an architecture that this version does not know
 */
export async function readWeights(folder: string): Promise<Weights> {
  const name = join(folder, "model.json");
  const parsed = parseModelJson(await readModelJson(name), name);
  const { metadata, paths, specs } = parsed;
  const network = readNetwork(parsed, name);
  checkAgainst(network, specs, name);

  const expectedBytes = specs.reduce(
    (sum, spec) => sum + valueCount(spec.shape) * bytesPerValue(spec),
    0,
  );
  const shards = await Promise.all(
    paths.map((path) => readShard(folder, path, metadata.shards[path], expectedBytes)),
  );
  const bytes = Buffer.concat(shards);
  if (bytes.byteLength !== expectedBytes) {
    throw corrupt(
      `Expected ${expectedBytes} bytes in the shards of ${name} but found ${bytes.byteLength}`,
    );
  }
  const { task, license, training, tlc, source } = metadata;
  return {
    network,
    tensors: decode(specs, bytes),
    metadata: { task, license, training, tlc, source },
  };
}

async function readModelJson(name: string): Promise<string> {
  const size = await stat(name).then(
    (stats) => stats.size,
    (error: unknown) => {
      throw new NafnetError(
        "WEIGHTS_MISSING",
        `Expected weights but found no ${name}; give the folder that nafnet convert wrote, or a .pth checkpoint.`,
        error,
      );
    },
  );
  if (size > MAX_MODEL_JSON_BYTES) {
    throw corrupt(
      `Expected ${name} to be at most ${MAX_MODEL_JSON_BYTES} bytes but it has ${size}`,
    );
  }
  return readFile(name, "utf8").catch((error: unknown) => {
    throw corrupt(`Expected ${name}, which cannot be read`, error);
  });
}

function readNetwork({ metadata }: ParsedModelJson, name: string): Network {
  try {
    return networkFromConfig(metadata.architecture, metadata.config);
  } catch (error) {
    if (error instanceof NafnetError && error.code === "INVALID_ARGUMENT") {
      throw corrupt(`${name}: ${error.message}`, error);
    }
    throw error;
  }
}

/** Each parameter once, with its shape: then the sum of the sizes is bounded by the configuration. */
function checkAgainst(network: Network, specs: readonly WeightSpec[], name: string): void {
  const expected = new Map(
    network.parameters.map((parameter) => [parameter.name, parameter.shape]),
  );
  for (const { name: weight, shape } of specs) {
    const wanted = expected.get(weight);
    if (wanted?.join() !== shape.join()) {
      throw corrupt(
        `Expected ${wanted === undefined ? "no weight" : `shape [${wanted}]`} for ${weight} in ${name} but found [${shape}]`,
      );
    }
    expected.delete(weight);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw corrupt(`Expected the weight ${missing} in ${name}`);
}

async function readShard(
  folder: string,
  path: string,
  expectedSha256: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const file = join(folder, path);
  const unreadable = (error: unknown): never => {
    throw corrupt(`Expected the shard ${file}, which cannot be read`, error);
  };
  const { size } = await stat(file).catch(unreadable);
  if (size > maxBytes) {
    throw corrupt(`Expected at most ${maxBytes} bytes in the shard ${file} but found ${size}`);
  }
  const bytes = await readFile(file).catch(unreadable);
  const came = sha256(bytes);
  if (came !== expectedSha256) {
    throw corrupt(
      `Expected SHA-256 ${expectedSha256 ?? "(none given)"} for the shard ${file} but it has ${came}`,
    );
  }
  return bytes;
}

function decode(specs: readonly WeightSpec[], bytes: Uint8Array): Map<string, WeightTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = new Map<string, WeightTensor>();
  let byteOffset = 0;
  for (const spec of specs) {
    const size = bytesPerValue(spec);
    const start = byteOffset;
    const data = Float32Array.from({ length: valueCount(spec.shape) }, (_, i) =>
      size === 4
        ? view.getFloat32(start + 4 * i, true)
        : halfToFloat32(view.getUint16(start + 2 * i, true)),
    );
    tensors.set(spec.name, { shape: spec.shape, data });
    byteOffset += data.length * size;
  }
  return tensors;
}

function corrupt(problem: string, cause?: unknown): NafnetError {
  return new NafnetError(
    "WEIGHTS_CORRUPT",
    `${problem}; restore the folder or convert the checkpoint anew.`,
    cause,
  );
}
