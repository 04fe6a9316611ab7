/** Weights that writeWeights has written, read by readWeights. */

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { float32ToHalf, halfToFloat32 } from "../../src/base/half.ts";
import type { ModelJson } from "../../src/weights/modelJson.ts";
import { readWeights } from "../../src/weights/readWeights.ts";
import type { Weights } from "../../src/weights/Weights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { useBackend } from "../parity/backends.ts";
import { rejectionOf } from "../support/errors.ts";
import { useFolders } from "../support/folders.ts";
import { TINY_MDTA, TINY_SCA, TWO_SHARDS, weightsOf } from "../support/networks.ts";

const SHARD_LIMIT = 4 * 1024 * 1024;
const newFolder = useFolders();

beforeAll(() => useBackend("wasm"));

async function modelJsonOf(folder: string): Promise<ModelJson> {
  return JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
}

/** The weights with one value replaced. */
function withValue(weights: Weights, name: string, value: number): Weights {
  const tensor = weights.tensors.get(name)!; // the tests ask for names that there are
  const data = tensor.data.with(0, value);
  return { ...weights, tensors: new Map([...weights.tensors, [name, { ...tensor, data }]]) };
}

/** The values' bits, because −0 and NaN must come back too. */
function bitsOf(data: Float32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}

describe.each([
  ["SCA", TINY_SCA],
  ["MDTA", TINY_MDTA],
  ["several shards", TWO_SHARDS],
])("weights of %s", (_, config) => {
  it("come back to the bit from float32", async () => {
    const folder = await newFolder();
    const written = withValue(weightsOf(config), "intro/bias", -0);
    const tensorsBefore = tf.memory().numTensors;
    await writeWeights(written, folder);
    expect(tf.memory().numTensors).toBe(tensorsBefore);
    const read = await readWeights(folder);
    expect(read.metadata).toEqual(written.metadata);
    expect(read.network.config).toEqual(config);
    expect([...read.tensors.keys()]).toEqual([...written.tensors.keys()]);
    for (const [name, { shape, data }] of written.tensors) {
      expect(read.tensors.get(name)?.shape).toEqual(shape);
      expect(bitsOf(read.tensors.get(name)!.data)).toEqual(bitsOf(data));
    }
  });

  it("come back rounded from float16", async () => {
    const folder = await newFolder();
    // A subnormal half, and a value that no half has.
    const written = withValue(weightsOf(config), "intro/bias", 1e-7);
    await writeWeights(written, folder, { float16: true });
    const read = await readWeights(folder);
    expect(read.tensors.size).toBe(written.tensors.size);
    for (const [name, { data }] of written.tensors) {
      const rounded = data.map((value) => halfToFloat32(float32ToHalf(value)));
      expect(bitsOf(read.tensors.get(name)!.data)).toEqual(bitsOf(rounded));
      expect(rounded).not.toEqual(data);
    }
  });
});

describe("writeWeights", () => {
  it("writes shards of at most 4 MB with their hashes, and nothing else", async () => {
    const folder = await newFolder();
    await writeWeights(weightsOf(TWO_SHARDS), folder);
    const json = await modelJsonOf(folder);
    const { paths, weights } = json.weightsManifest[0];
    expect(paths).toEqual(["group1-shard1of2.bin", "group1-shard2of2.bin"]);
    expect((await readdir(folder)).sort()).toEqual([...paths, "model.json"]);
    const sizes: number[] = [];
    for (const path of paths) {
      const bytes = await readFile(join(folder, path));
      sizes.push(bytes.byteLength);
      const hash = createHash("sha256").update(bytes).digest("hex");
      expect(json.userDefinedMetadata.nafnet.shards[path]).toBe(hash);
    }
    const values = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(sizes).toEqual([SHARD_LIMIT, 4 * values - SHARD_LIMIT]);
  });

  it("keeps in model.json what is known", async () => {
    const folder = await newFolder();
    const written = weightsOf(TINY_SCA);
    await writeWeights(written, folder, { float16: true });
    const json = await modelJsonOf(folder);
    expect(json.format).toBe("layers-model");
    expect(json.userDefinedMetadata.nafnet).toMatchObject({
      formatVersion: 1,
      architecture: "NAFNet",
      config: TINY_SCA,
      ...written.metadata,
    });
    expect(json.weightsManifest[0].weights[0]).toEqual({
      name: "intro/kernel",
      shape: [3, 3, 3, 8],
      dtype: "float32",
      quantization: { dtype: "float16" },
    });
  });

  it("keeps metadata of which nothing is known", async () => {
    const folder = await newFolder();
    const metadata = {
      task: null,
      license: null,
      training: null,
      tlc: true,
      source: { file: null, sha256: "0".repeat(64) },
    };
    await writeWeights({ ...weightsOf(TINY_SCA), metadata }, folder);
    expect((await readWeights(folder)).metadata).toEqual(metadata);
  });

  it("leaves no shard of an earlier conversion, and other files alone", async () => {
    const folder = await newFolder();
    await writeWeights(weightsOf(TWO_SHARDS), folder);
    await writeFile(join(folder, "README.md"), "mine");
    await writeFile(join(folder, "group1-shard1of2.bin.bak"), "mine too");
    await writeWeights(weightsOf(TWO_SHARDS), folder, { float16: true });
    expect((await readdir(folder)).sort()).toEqual([
      "README.md",
      "group1-shard1of1.bin",
      "group1-shard1of2.bin.bak",
      "model.json",
    ]);
    await expect(readWeights(folder)).resolves.toMatchObject({
      network: { architecture: "NAFNet" },
    });
  });

  it("makes the folder", async () => {
    const folder = join(await newFolder(), "not", "there", "yet");
    await writeWeights(weightsOf(TINY_SCA), folder);
    expect((await readWeights(folder)).network.config).toEqual(TINY_SCA);
  });

  it.each([65520, -1e6, Number.POSITIVE_INFINITY])(
    "refuses %d for float16 before anything is written",
    async (value) => {
      const folder = join(await newFolder(), "weights");
      const weights = withValue(weightsOf(TINY_SCA), "ending/bias", value);
      const error = await rejectionOf(writeWeights(weights, folder, { float16: true }));
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toBe(
        `Expected weights within ±65504 for float16 but ending/bias holds ${value}; write float32 instead.`,
      );
      await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
    },
  );

  it("writes the largest half", async () => {
    const folder = await newFolder();
    await writeWeights(withValue(weightsOf(TINY_SCA), "ending/bias", 65519), folder, {
      float16: true,
    });
    expect((await readWeights(folder)).tensors.get("ending/bias")?.data[0]).toBe(65504);
  });

  it("says when it cannot write", async () => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "");
    const error = await rejectionOf(writeWeights(weightsOf(TINY_SCA), join(file, "folder")));
    expect(error.code).toBe("OUTPUT_FAILED");
    expect(error.message).toContain(join(file, "folder"));
  });
});
