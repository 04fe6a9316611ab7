/** Pickles and checkpoints made by hand, such as PyTorch would never write. */

import { crc32 } from "node:zlib";

/** Little-endian bytes of an unsigned integer. */
export function uint(value: number | bigint, bytes: 1 | 2 | 4 | 8): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, bytes);
}

/** Opcodes one after another; text stands for its latin1 bytes. */
export function pickle(...parts: readonly (Buffer | string)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );
}

/** A `str`. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return pickle("X", uint(bytes.length, 4), bytes);
}

/** An `int`. */
export function int(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return pickle("\x8a\x08", bytes);
}

export function tuple(...items: readonly Buffer[]): Buffer {
  return pickle("(", ...items, "t");
}

export function ints(...values: readonly (number | bigint)[]): Buffer {
  return tuple(...values.map(int));
}

/** `callable(*args)` */
export function call(module: string, name: string, args: Buffer): Buffer {
  return pickle(`c${module}\n${name}\n`, args, "R");
}

/** A storage's persistent id, loaded. */
export function storage(fields: {
  key?: string;
  type?: string;
  numel?: number | bigint;
  view?: Buffer;
}): Buffer {
  const { key = "0", type = "FloatStorage", numel = 4, view } = fields;
  const items = [text("storage"), pickle(`ctorch\n${type}\n`), text(key), text("cpu"), int(numel)];
  return pickle(tuple(...items, ...(view === undefined ? [] : [view])), "Q");
}

/** A tensor; four float32 in a row unless said otherwise. */
export function tensor(
  fields: {
    storage?: Buffer;
    offset?: Buffer;
    shape?: Buffer;
    strides?: Buffer;
    last?: Buffer;
  } = {},
): Buffer {
  const args = tuple(
    fields.storage ?? storage({}),
    fields.offset ?? int(0),
    fields.shape ?? ints(4),
    fields.strides ?? ints(1),
    pickle("\x89"),
    call("collections", "OrderedDict", pickle(")")),
    ...(fields.last === undefined ? [] : [fields.last]),
  );
  return call("torch._utils", "_rebuild_tensor_v2", args);
}

/** A `dict`. */
export function dict(entries: Readonly<Record<string, Buffer>>): Buffer {
  const items = Object.entries(entries).flatMap(([key, value]) => [text(key), value]);
  return pickle("}(", ...items, "u");
}

/** A whole pickle of protocol 2. */
export function finished(...parts: readonly (Buffer | string)[]): Buffer {
  return pickle("\x80\x02", ...parts, ".");
}

export interface ZipPart {
  readonly name: string;
  readonly data: Buffer;
  /** Fields of the directory that differ from the truth. */
  readonly crc?: number;
  readonly size?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly localOffset?: number;
}

/** A zip of stored entries. */
export function zip(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const size = part.size ?? part.data.length;
    const common = pickle(
      uint(part.flags ?? 0, 2),
      uint(part.method ?? 0, 2),
      uint(0, 4), // time and date
      uint(part.crc ?? crc32(part.data), 4),
      uint(size, 4),
      uint(size, 4),
      uint(name.length, 2),
      uint(0, 2), // extra fields
    );
    const body = pickle("PK\x03\x04", uint(20, 2), common, name, part.data);
    directory.push(
      pickle(
        "PK\x01\x02",
        uint(20, 2),
        uint(20, 2),
        common,
        Buffer.alloc(10), // comment, disk, attributes
        uint(part.localOffset ?? offset, 4),
        name,
      ),
    );
    bodies.push(body);
    offset += body.length;
  }
  const entries = Buffer.concat(directory);
  const end = pickle(
    "PK\x05\x06",
    uint(0, 4),
    uint(parts.length, 2),
    uint(parts.length, 2),
    uint(entries.length, 4),
    uint(offset, 4),
    uint(0, 2),
  );
  return Buffer.concat([...bodies, entries, end]);
}

/** 1, 2, 3, 4 as float32. */
export const FOUR_FLOATS: Buffer = Buffer.from(new Float32Array([1, 2, 3, 4]).buffer);

/** A zip checkpoint with that pickle and, unless said otherwise, storage 0 with four float32. */
export function zipCheckpoint(
  pickled: Buffer,
  others: readonly ZipPart[] = [{ name: "a/data/0", data: FOUR_FLOATS }],
): Buffer {
  return zip([{ name: "a/data.pkl", data: pickled }, ...others]);
}

/** A legacy checkpoint with that object, those storage keys and that data behind them. */
export function legacyCheckpoint(
  pickled: Buffer,
  keys: Buffer = pickle("](", text("0"), "e"),
  data: Buffer = pickle(uint(4, 8), FOUR_FLOATS),
): Buffer {
  const magic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  return pickle(magic, finished("M\xe9\x03"), finished("}"), pickled, finished(keys), data);
}
