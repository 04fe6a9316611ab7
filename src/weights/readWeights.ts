/** Reading and verifying a folder of weights: model.json and its shards. Free of tfjs. */

import { open, readFile, stat } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { NafnetError } from "../base/errors.ts";
import { halfToFloat32 } from "../base/half.ts";
import { sha256 } from "../base/sha256.ts";
import { valueCount, type WeightTensor } from "../graph/WeightMap.ts";
import type { Network } from "../models/Architecture.ts";
import { networkFromConfig } from "../models/registry.ts";
import {
  bytesPerValue,
  MAX_MODEL_JSON_BYTES,
  type ParsedModelJson,
  parseModelJson,
  type WeightSpec,
} from "./modelJson.ts";
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
  const files = paths.map((path) => join(folder, path));
  const sizes = await Promise.all(files.map((file) => shardBytes(file, expectedBytes)));
  // Shards are read into one buffer: joining them afterwards would copy all of it.
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let end = 0;
  await Promise.all(
    files.map((file, i) => {
      const start = end;
      end += sizes[i] ?? 0;
      return readShard(file, metadata.shards[paths[i] ?? ""], bytes.subarray(start, end));
    }),
  );
  if (bytes.length !== expectedBytes) {
    throw corruptWeights(
      `Expected ${expectedBytes} bytes in the shards of ${name} but found ${bytes.length}`,
    );
  }
  const { task, license, training, tlc, source } = metadata;
  return {
    network,
    tensors: decodeTensors(specs, bytes),
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
    throw corruptWeights(
      `Expected ${name} to be at most ${MAX_MODEL_JSON_BYTES} bytes but it has ${size}`,
    );
  }
  return readFile(name, "utf8").catch((error: unknown) => {
    throw corruptWeights(`Expected ${name}, which cannot be read`, error);
  });
}

function readNetwork({ metadata }: ParsedModelJson, name: string): Network {
  try {
    return networkFromConfig(metadata.architecture, metadata.config);
  } catch (error) {
    if (error instanceof NafnetError && error.code === "INVALID_ARGUMENT") {
      throw corruptWeights(`${name}: ${error.message}`, error);
    }
    throw error;
  }
}

/** Checks that each parameter is there once, with its shape: that bounds the sum of the sizes. */
function checkAgainst(network: Network, specs: readonly WeightSpec[], name: string): void {
  const expected = new Map(
    network.parameters.map((parameter) => [parameter.name, parameter.shape]),
  );
  for (const { name: weight, shape } of specs) {
    const wanted = expected.get(weight);
    if (wanted?.join() !== shape.join()) {
      throw corruptWeights(
        `Expected ${wanted === undefined ? "no weight" : `shape [${wanted}]`} for ${weight} in ${name} but found [${shape}]`,
      );
    }
    expected.delete(weight);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw corruptWeights(`Expected the weight ${missing} in ${name}`);
}

async function shardBytes(file: string, maxBytes: number): Promise<number> {
  const { size } = await stat(file).catch(unreadable(file));
  if (size > maxBytes) {
    throw corruptWeights(
      `Expected at most ${maxBytes} bytes in the shard ${file} but found ${size}`,
    );
  }
  return size;
}

/** Fills `into` with a shard of that size and checks its hash. */
async function readShard(
  file: string,
  expectedSha256: string | undefined,
  into: Uint8Array,
): Promise<void> {
  const handle = await open(file).catch(unreadable(file));
  try {
    for (let at = 0; at < into.length; ) {
      const { bytesRead } = await handle.read(into, at).catch(unreadable(file));
      if (bytesRead === 0)
        throw corruptWeights(`Expected ${into.length} bytes in the shard ${file} but found ${at}`);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
  const actual = sha256(into);
  if (actual !== expectedSha256) {
    throw corruptWeights(
      `Expected SHA-256 ${expectedSha256 ?? "(none given)"} for the shard ${file} but it has ${actual}`,
    );
  }
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw corruptWeights(`Expected the shard ${file}, which cannot be read`, error);
  };
}

function decodeTensors(specs: readonly WeightSpec[], bytes: Uint8Array): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  let byteOffset = 0;
  for (const spec of specs) {
    const byteLength = valueCount(spec.shape) * bytesPerValue(spec);
    const part = bytes.subarray(byteOffset, byteOffset + byteLength);
    tensors.set(spec.name, {
      shape: spec.shape,
      data: bytesPerValue(spec) === 4 ? floatsOf(part) : halvesOf(part),
    });
    byteOffset += byteLength;
  }
  return tensors;
}

/** Little-endian float32 values; a view where the machine has them so, since copying takes a noticeable time. */
function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  const count = byteLength / 4;
  if (endianness() === "LE" && byteOffset % 4 === 0) {
    return new Float32Array(buffer, byteOffset, count);
  }
  const view = new DataView(buffer, byteOffset, byteLength);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

function halvesOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  const view = new DataView(buffer, byteOffset, byteLength);
  const values = new Float32Array(byteLength / 2);
  for (let i = 0; i < values.length; i++) values[i] = halfToFloat32(view.getUint16(2 * i, true));
  return values;
}

function corruptWeights(problem: string, cause?: unknown): NafnetError {
  return new NafnetError(
    "WEIGHTS_CORRUPT",
    `${problem}; restore the folder or convert the checkpoint anew.`,
    cause,
  );
}
