/**
 * The format of weights on disk: TensorFlow.js's LayersModel, a model.json beside its shards.
 * Our additions are in `userDefinedMetadata.nafnet`. Every part is checked on reading.
 */

import { NafnetError } from "../base/errors.ts";
import type { WeightsMetadata } from "./Weights.ts";

/** Bytes of a shard: 4 MB, as tfjs-converter writes, since browsers cache files of that size. */
export const SHARD_BYTES: number = 4 * 1024 * 1024;
/** Limit on model.json; no network of the registry has one near this size. */
export const MAX_MODEL_JSON_BYTES: number = 32 * 1024 * 1024;
/** Version of our additions, raised when an older version of the package can no longer read them. */
export const FORMAT_VERSION = 1;

/** One tensor in the shards, which are read as one sequence of bytes. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32";
  /** Two bytes a value, as tfjs stores float32 shortened. */
  readonly quantization?: { readonly dtype: "float16" };
}

/** Our additions to the format's own fields. */
interface NafnetMetadata extends WeightsMetadata {
  readonly formatVersion: number;
  readonly architecture: string;
  readonly config: unknown;
  /** SHA-256 of each shard by its file name. */
  readonly shards: Readonly<Record<string, string>>;
}

/** A model.json as it is written. */
export interface ModelJson {
  readonly format: "layers-model";
  readonly generatedBy: string;
  readonly convertedBy: string;
  readonly modelTopology: object;
  readonly weightsManifest: readonly [
    { readonly paths: readonly string[]; readonly weights: readonly WeightSpec[] },
  ];
  readonly userDefinedMetadata: { readonly nafnet: NafnetMetadata };
}

/** Bytes of one value in the shards. */
export function bytesPerValue(spec: WeightSpec): 2 | 4 {
  return spec.quantization === undefined ? 4 : 2;
}

/** The parts of a model.json from which weights are read. */
export interface ParsedModelJson {
  readonly metadata: NafnetMetadata;
  readonly paths: readonly string[];
  readonly specs: readonly WeightSpec[];
}

/**
 * Parses and checks a model.json.
 *
 * @param text the file's contents
 * @param name the file's name for messages
 * @throws NafnetError `WEIGHTS_CORRUPT`
 */
export function parseModelJson(text: string, name: string): ParsedModelJson {
  const expect: Expect = (condition, expected, received) => {
    if (condition) return;
    throw new NafnetError(
      "WEIGHTS_CORRUPT",
      `Expected ${expected} in ${name} but received ${JSON.stringify(received)?.slice(0, 80)}; write it anew with nafnet convert.`,
    );
  };
  const json = asObject(parse(text, name));
  expect(json.format === "layers-model", 'the format "layers-model"', json.format);
  const metadata = asObject(asObject(json.userDefinedMetadata).nafnet);
  expect(
    metadata.formatVersion === FORMAT_VERSION,
    `userDefinedMetadata.nafnet of format version ${FORMAT_VERSION}`,
    metadata.formatVersion,
  );
  const manifest: unknown = json.weightsManifest;
  expect(Array.isArray(manifest) && manifest.length === 1, "one group of weights", manifest);
  const group = asObject((manifest as unknown[])[0]); // an array of one: just checked
  return {
    metadata: checkMetadata(metadata, expect),
    paths: checkPaths(group.paths, expect),
    specs: checkSpecs(group.weights, expect),
  };
}

type Expect = (condition: boolean, expected: string, received: unknown) => void;
type JsonObject = Readonly<Record<string, unknown>>;

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NafnetError(
      "WEIGHTS_CORRUPT",
      `Expected JSON in ${name}; it is cut off or damaged: restore the file or convert it anew.`,
      error,
    );
  }
}

function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {}; // fields stay unknown
}

function checkMetadata(metadata: JsonObject, expect: Expect): NafnetMetadata {
  const source = asObject(metadata.source);
  const shards = asObject(metadata.shards);
  for (const field of ["task", "license", "training"]) {
    const value = metadata[field];
    expect(value === null || typeof value === "string", `text or null for ${field}`, value);
  }
  expect(typeof metadata.architecture === "string", "an architecture", metadata.architecture);
  expect(typeof metadata.tlc === "boolean", "true or false for tlc", metadata.tlc);
  expect(isSha256(source.sha256), "a SHA-256 for source", source.sha256);
  expect(source.file === null || typeof source.file === "string", "a source file", source.file);
  expect(Object.values(shards).every(isSha256), "a SHA-256 for each shard", shards);
  return metadata as unknown as NafnetMetadata; // each field has just been checked; config by its architecture
}

function checkPaths(value: unknown, expect: Expect): string[] {
  const paths = Array.isArray(value) ? value : [];
  expect(paths.length > 0, "paths of shards", value);
  for (const path of paths) {
    // Names only: a path could point anywhere on the user's disk.
    const isName = typeof path === "string" && /^[\w-][\w.-]*$/.test(path);
    expect(isName, "a shard's file name without folders", path);
  }
  return paths;
}

function checkSpecs(value: unknown, expect: Expect): WeightSpec[] {
  expect(Array.isArray(value), "a list of weights", value);
  const specs = Array.isArray(value) ? value : [];
  for (const item of specs) {
    const { name, shape, dtype, quantization } = asObject(item);
    expect(typeof name === "string", "a weight's name", name);
    expect(
      Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0),
      `a shape for ${name}`,
      shape,
    );
    const half = quantization === undefined || asObject(quantization).dtype === "float16";
    expect(dtype === "float32" && half, `float32 or its float16 for ${name}`, [
      dtype,
      quantization,
    ]);
  }
  return specs;
}

function isSha256(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
