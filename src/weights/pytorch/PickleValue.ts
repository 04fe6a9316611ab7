/**
 * The values that a pickle can have. None of them can act: a tensor is a description of the place of its
 * numbers, a global is a name from the allow-list.
 */

/** Any value on the unpickler's stack. Containers may hold themselves. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleOpaque
  | StorageRef
  | TensorRef;

/** A Python list or set. */
export class PickleList {
  readonly items: PickleValue[] = [];
  readonly typeName: "list" | "set";

  constructor(typeName: "list" | "set" = "list") {
    this.typeName = typeName;
  }
}

/** A Python tuple, torch.Size or frozenset. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A Python dict, OrderedDict or Counter; entries in the order in which they were set. */
export class PickleDict {
  #entries: Map<PickleValue, PickleValue> | undefined;

  /** The entries; not to be written to. */
  get entries(): ReadonlyMap<PickleValue, PickleValue> {
    return this.#entries ?? NO_ENTRIES;
  }

  set(key: PickleValue, value: PickleValue): void {
    // Made on first use: an empty Map takes 200 bytes, and a pickle makes a dict with one byte.
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }
}

const NO_ENTRIES: ReadonlyMap<PickleValue, PickleValue> = new Map();

/** A name from the allow-list. */
export class PickleGlobal {
  readonly name: string;
  /** The effect of REDUCE; undefined for a name that may not be called. */
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** Something harmless that is not needed, e.g. a torch.device. */
export class PickleOpaque {
  readonly typeName: string;

  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** The place of a tensor's numbers, not yet checked against the file. */
export class StorageRef {
  readonly key: string;
  /** `float32`, … or PyTorch's name of a type that is not read. */
  readonly dtype: string;
  /** Elements in the whole storage. */
  readonly numel: number;
  /** The part of the storage that is meant, in elements, in files of PyTorch 0.3 and before. */
  readonly view: { readonly offset: number; readonly numel: number } | undefined;

  constructor(key: string, dtype: string, numel: number, view: StorageRef["view"]) {
    this.key = key;
    this.dtype = dtype;
    this.numel = numel;
    this.view = view;
  }
}

/** A tensor as the pickle describes it, not yet checked. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly dtype: string;
  readonly storageOffset: PickleValue;
  readonly shape: PickleTuple;
  readonly strides: PickleTuple;
  /** `conj` or `neg`: PyTorch would change the numbers when it reads them. */
  readonly flag: string | undefined;

  constructor(fields: {
    storage: StorageRef;
    dtype: string;
    storageOffset: PickleValue;
    shape: PickleTuple;
    strides: PickleTuple;
    flag: string | undefined;
  }) {
    this.storage = fields.storage;
    this.dtype = fields.dtype;
    this.storageOffset = fields.storageOffset;
    this.shape = fields.shape;
    this.strides = fields.strides;
    this.flag = fields.flag;
  }
}

/** The type's name as Python has it, for messages. */
export function typeNameOf(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "str";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof PickleTuple) return "tuple";
  if (value instanceof PickleDict) return "dict";
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof StorageRef) return "storage";
  if (value instanceof TensorRef) return "tensor";
  return value.typeName;
}
