/**
 * The format of PyTorch before 1.6: a magic number, a protocol number, a description of the
 * machine, the object and the list of storage keys, each a pickle; then every storage in that order,
 * an int64 count of elements and the elements, always little-endian.
 *
 * Reference: PyTorch torch/serialization.py `_legacy_save`, `_legacy_load`.
 */

import { quoteName } from "../../base/untrustedNames.ts";
import { ByteReader } from "./ByteReader.ts";
import type { Container } from "./Container.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { itemBytesOf } from "./itemBytesOf.ts";
import type { PickleValue, StorageRef } from "./PickleValue.ts";
import { PickleList, typeNameOf } from "./PickleValue.ts";
import { TorchHost } from "./TorchHost.ts";
import { unpickle } from "./unpickle.ts";

const PROTOCOL = 1001; // of PyTorch's format, the only one there ever was

/** The magic number 0x1950a86a20f9469cfc6c as a pickle writes it. */
const MAGIC_BINARY = Buffer.from("8a0a6cfc9c46f9206aa85019", "hex");
const MAGIC_TEXT = Buffer.from("L119547037146038801333356L\n"); // pickle protocol 1

/** Tells the legacy format by its magic number, in any pickle protocol. */
export function isLegacy(file: Buffer): boolean {
  if (file.subarray(0, MAGIC_TEXT.length).equals(MAGIC_TEXT)) return true;
  if (file[0] !== 0x80) return false; // PROTO
  const at = file[2] === 0x95 ? 11 : 2; // FRAME and its length, from protocol 4 on
  return file.subarray(at, at + MAGIC_BINARY.length).equals(MAGIC_BINARY);
}

/**
 * Opens a legacy checkpoint: its pickles, and where each storage lies.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_FORBIDDEN, CHECKPOINT_UNSUPPORTED
 */
export function openLegacy(file: Buffer): Container {
  const host = new TorchHost();
  let position = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(file, position, host);
    position = end;
    return value;
  };
  next(); // the magic number
  const protocol = next();
  if (protocol !== PROTOCOL) {
    throw unsupportedCheckpoint(
      `Expected protocol ${PROTOCOL} of PyTorch's legacy format, but found ${typeof protocol === "number" ? protocol : typeNameOf(protocol)}.`,
    );
  }
  next(); // sys_info: sizes of C types and the byte order of the machine, none of which matters
  const root = next();
  const keys = storageKeys(next());
  const storages = locateStorages(new ByteReader(file, position), keys, host.storages);
  return {
    kind: "legacy",
    root,
    storageBytes: async (storage) => {
      const bytes = storages.get(storage.key);
      if (bytes === undefined) {
        throw corruptCheckpoint(
          `Storage ${quoteName(storage.key)} is not in the file's list of storages.`,
        );
      }
      return storage.view === undefined ? bytes : viewedPart(storage, storage.view, bytes);
    },
  };
}

function storageKeys(value: PickleValue): string[] {
  if (!(value instanceof PickleList)) {
    throw corruptCheckpoint(`Expected a list of storage keys, but found ${typeNameOf(value)}.`);
  }
  return value.items.map((item) => {
    if (typeof item === "string") return item;
    throw corruptCheckpoint(`Expected texts as storage keys, but found ${typeNameOf(item)}.`);
  });
}

function locateStorages(
  reader: ByteReader,
  keys: readonly string[],
  declared: ReadonlyMap<string, StorageRef>,
): Map<string, Buffer> {
  const storages = new Map<string, Buffer>();
  for (const key of keys) {
    const ref = declared.get(key);
    if (ref === undefined)
      throw corruptCheckpoint(`Storage ${quoteName(key)} belongs to no tensor.`);
    if (storages.has(key)) throw corruptCheckpoint(`Storage ${quoteName(key)} is listed twice.`);
    const numel = reader.uint64();
    if (numel !== ref.numel) {
      throw corruptCheckpoint(
        `Storage ${quoteName(key)} declares ${ref.numel} elements in the pickle, but ${numel} beside its data: the file is damaged. Get it again.`,
      );
    }
    storages.set(key, reader.bytes(numel * itemBytesOf(ref)));
  }
  return storages;
}

function viewedPart(
  storage: StorageRef,
  view: NonNullable<StorageRef["view"]>,
  bytes: Buffer,
): Buffer {
  if (view.offset + view.numel > storage.numel) {
    throw corruptCheckpoint(
      `A view of storage ${quoteName(storage.key)} ends at element ${view.offset + view.numel} of ${storage.numel}.`,
    );
  }
  const itemBytes = itemBytesOf(storage);
  return bytes.subarray(view.offset * itemBytes, (view.offset + view.numel) * itemBytes);
}
