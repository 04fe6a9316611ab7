/**
 * The safetensors format: the length of a header as uint64, the header as JSON, then every tensor's numbers,
 * little-endian, without gaps. The header has of each tensor its type, its shape and where its bytes begin and end.
 *
 * Reference: huggingface/safetensors, README.md "Format" and safetensors/src/tensor.rs.
 */

import { quoteName } from "../../base/untrustedNames.ts";
import { ByteReader } from "./ByteReader.ts";
import type { Container } from "./Container.ts";
import { checkJsonKeys } from "./checkJsonKeys.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_HEADER_BYTES, MAX_RANK, MAX_TENSORS } from "./checkpointLimits.ts";
import { PickleDict, PickleTuple, StorageRef, TensorRef } from "./PickleValue.ts";

/** PyTorch's names of the types, and bytes of an element; not all of them are read. */
const DTYPES: ReadonlyMap<unknown, readonly [dtype: string, itemBytes: number]> = new Map([
  ["F64", ["float64", 8]],
  ["F32", ["float32", 4]],
  ["F16", ["float16", 2]],
  ["BF16", ["bfloat16", 2]],
  ["I64", ["int64", 8]],
  ["I32", ["int32", 4]],
  ["I16", ["int16", 2]],
  ["I8", ["int8", 1]],
  ["U8", ["uint8", 1]],
  ["BOOL", ["bool", 1]],
  ["U64", ["uint64", 8]],
  ["U32", ["uint32", 4]],
  ["U16", ["uint16", 2]],
  ["F8_E4M3", ["float8_e4m3fn", 1]],
  ["F8_E5M2", ["float8_e5m2", 1]],
  ["C64", ["complex64", 8]],
]);

/** Levels of the header: the tensors, a tensor's fields, its shape. */
const HEADER_DEPTH = 3;

interface Entry {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly tensor: TensorRef;
}

/** Tells safetensors by the beginning of its header; the length before it is below 2^48 in any file that can be. */
export function isSafetensors(file: Buffer): boolean {
  return /^\{\s*["}]/.test(file.toString("latin1", 8, 64)) && file.readUInt16LE(6) === 0;
}

/**
 * Opens a safetensors file: reads its header and holds it to the file's size, no number yet.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_UNSUPPORTED
 */
export function openSafetensors(file: Buffer): Container {
  const reader = new ByteReader(file, 0);
  const headerBytes = reader.uint64();
  if (headerBytes > MAX_HEADER_BYTES) {
    throw unsupportedCheckpoint(
      `Expected a safetensors header of at most ${MAX_HEADER_BYTES} bytes, but it declares ${headerBytes}.`,
    );
  }
  const header = parseHeader(reader.text(headerBytes));
  const data = file.subarray(reader.position);
  const root = new PickleDict();
  const bytesOf = new Map<string, Buffer>();
  for (const { name, begin, end, tensor } of entriesOf(header, data.length)) {
    root.set(name, tensor);
    bytesOf.set(name, data.subarray(begin, end));
  }
  return {
    kind: "safetensors",
    root,
    storageBytes: async ({ key }) => bytesOf.get(key) ?? Buffer.alloc(0), // every storage is an entry's
  };
}

function parseHeader(text: string): Record<string, unknown> {
  checkJsonKeys(text, HEADER_DEPTH);
  try {
    return objectOf(JSON.parse(text), "the header");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw corruptCheckpoint(
      "Expected JSON in the safetensors header: the file is damaged. Get it again.",
      error,
    );
  }
}

/** The tensors in the order of the header, which lie one behind another and fill the data. */
function entriesOf(header: Record<string, unknown>, dataBytes: number): Entry[] {
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") checkMetadata(value);
    else entries.push(entryOf(name, objectOf(value, quoteName(name))));
  }
  if (entries.length > MAX_TENSORS) {
    throw unsupportedCheckpoint(
      `Expected at most ${MAX_TENSORS} tensors, but found ${entries.length}.`,
    );
  }
  let end = 0;
  // A tensor without elements begins and ends at the same byte, before the one that begins there.
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      throw corruptCheckpoint(
        `Expected the tensors to lie one behind another, but ${quoteName(entry.name)} begins at byte ${entry.begin} of the data and the one before it ends at ${end}.`,
      );
    }
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw corruptCheckpoint(
      `Expected ${end} bytes behind the safetensors header, but found ${dataBytes}: the file is truncated or damaged. Get it again.`,
    );
  }
  return entries;
}

function checkMetadata(value: unknown): void {
  const texts = Object.values(objectOf(value, '"__metadata__"'));
  if (texts.every((text) => typeof text === "string")) return;
  throw corruptCheckpoint(
    'Expected nothing but texts in "__metadata__" of the safetensors header.',
  );
}

function entryOf(name: string, fields: Record<string, unknown>): Entry {
  const [dtype, itemBytes] = DTYPES.get(fields.dtype) ?? [];
  if (dtype === undefined || itemBytes === undefined) {
    const found = typeof fields.dtype === "string" ? quoteName(fields.dtype) : typeof fields.dtype;
    throw unsupportedCheckpoint(
      `Expected one of ${[...DTYPES.keys()].join(", ")} as dtype of ${quoteName(name)}, but found ${found}.`,
    );
  }
  const shape = integersOf(fields.shape, `the shape of ${quoteName(name)}`);
  const [begin = 0, end = 0, ...rest] = integersOf(
    fields.data_offsets,
    `data_offsets of ${quoteName(name)}`,
  );
  const count = shape.reduce((product, size) => product * size, 1);
  // Products past 2^53 are not exact, but far past the end of any file.
  if (rest.length > 0 || end < begin || end - begin !== count * itemBytes) {
    throw corruptCheckpoint(
      `Tensor ${quoteName(name)} (${dtype}, shape [${shape}]) takes ${count * itemBytes} bytes, but its data_offsets are [${[begin, end, ...rest]}].`,
    );
  }
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const tensor = new TensorRef({
    storage: new StorageRef(name, dtype, count, undefined),
    dtype,
    storageOffset: 0,
    shape: new PickleTuple(shape),
    strides: new PickleTuple(strides),
    flag: undefined,
  });
  return { name, begin, end, tensor };
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>; // every field stays unknown
  }
  throw corruptCheckpoint(`Expected an object for ${what} of a safetensors file.`);
}

function integersOf(value: unknown, what: string): number[] {
  const items: unknown[] = Array.isArray(value) ? value : [undefined];
  if (items.length > MAX_RANK) {
    throw unsupportedCheckpoint(`Expected at most ${MAX_RANK} numbers for ${what}.`);
  }
  return items.map((item) => {
    if (typeof item === "number" && Number.isSafeInteger(item) && item >= 0) return item;
    throw corruptCheckpoint(`Expected a list of integers ≥ 0 for ${what}.`);
  });
}
