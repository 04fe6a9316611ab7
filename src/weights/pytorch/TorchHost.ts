/**
 * The allow-list: every global that a checkpoint's pickle may name, and the effect of calling it.
 *
 * They are those that `torch.save` writes for tensors, parameters, state dicts and the state of optimizers
 * and schedulers beside them: what `torch.load(weights_only=True)` takes, but for quantised tensors and
 * subclasses, and in addition defaultdict, frozenset and numpy's scalars. None of them acts: a call makes a
 * description, checked later.
 *
 * Reference: PyTorch torch/_utils.py, torch/serialization.py, torch/_weights_only_unpickler.py.
 */

import { quoteName } from "../../base/untrustedNames.ts";
import { corruptCheckpoint, forbiddenCheckpoint } from "./checkpointErrors.ts";
import { MAX_COPIED_ITEMS } from "./checkpointLimits.ts";
import { STORAGE_DTYPES } from "./dtypes.ts";
import type { PickleValue } from "./PickleValue.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleOpaque,
  PickleTuple,
  StorageRef,
  TensorRef,
  typeNameOf,
} from "./PickleValue.ts";
import type { PickleHost } from "./unpickle.ts";

type Args = readonly PickleValue[];

/** torch.uint16, torch.float8_e4m3fn, …: types that have no storage class, known by name alone. */
const DTYPE_NAME = /^(?:bool|bfloat16|(?:u?int|float|complex|quint|qint|bits)\d+\w*)$/;

/** torch.FloatStorage, torch.cuda.HalfTensor, …: classes that are named, never called. */
const CLASS_NAME = /^[A-Z]\w*Storage$|^(?:[A-Z]\w*)?Tensor$/;

/** Factories of a defaultdict, named and never called. */
const FACTORY_NAME = /^(?:list|dict|tuple|int|float|bool|str)$/;

/** The globals and storages that a checkpoint's pickle may ask for. */
export class TorchHost implements PickleHost {
  /** Every storage that the pickle has named, by its key. */
  readonly storages: Map<string, StorageRef> = new Map();
  readonly #globals = new Map<string, PickleGlobal>();
  #copiedItems = 0;

  findGlobal(module: string, name: string): PickleGlobal {
    const fullName = `${module}.${name}`;
    let found = this.#globals.get(fullName);
    if (found === undefined) {
      found = this.#make(module, name, fullName);
      this.#globals.set(fullName, found);
    }
    return found;
  }

  #make(module: string, name: string, fullName: string): PickleGlobal {
    // Python 2's name, which protocol 2 keeps; it is what torch.save writes.
    const python3Name = fullName.replace(/^__builtin__\./, "builtins.");
    switch (python3Name) {
      case "torch._utils._rebuild_tensor": // PyTorch 0.3 and before
      case "torch._utils._rebuild_tensor_v2":
        return new PickleGlobal(fullName, (args) => rebuildTensor(args, undefined));
      case "torch._utils._rebuild_tensor_v3": // types without a storage class of their own
        return new PickleGlobal(fullName, (args) => rebuildTensor(args, args[6]));
      case "torch._utils._rebuild_parameter":
      case "torch._utils._rebuild_parameter_with_state": // a parameter with attributes of its own
      case "torch._utils._rebuild_device_tensor_from_cpu_tensor": // of XLA and the like
      case "torch.nn.parameter.Parameter":
        return new PickleGlobal(fullName, rebuildParameter);
      case "torch._tensor._rebuild_from_type_v2": // a tensor with attributes of its own
        return new PickleGlobal(fullName, rebuildFromType);
      case "collections.OrderedDict":
      case "collections.Counter": // the milestones of MultiStepLR, in training checkpoints
        return new PickleGlobal(fullName, (args) => this.#makeDict(args));
      case "collections.defaultdict": // its items follow; the factory makes those that it has not yet
        return new PickleGlobal(fullName, () => new PickleDict());
      case "builtins.set":
      case "builtins.frozenset":
        return new PickleGlobal(fullName, (args) => this.#makeSet(args));
      case "torch.Size":
        return new PickleGlobal(fullName, (args) => argument(args, 0, PickleTuple, "torch.Size"));
      case "torch.device":
      case "torch.serialization._get_layout": // torch.strided and the like
      case "torch._utils._rebuild_sparse_tensor":
      case "torch._utils._rebuild_nested_tensor":
      case "torch._utils._rebuild_meta_tensor_no_storage":
      case "builtins.complex":
      case "builtins.bytes":
      case "builtins.bytearray":
      // A numpy scalar, such as the best PSNR so far, in training checkpoints; not needed.
      case "numpy.core.multiarray.scalar":
      case "numpy._core.multiarray.scalar":
      case "numpy.dtype":
      case "_codecs.encode": // bytes, in protocol 2
        return new PickleGlobal(fullName, () => new PickleOpaque(fullName));
      case "torch.storage.UntypedStorage":
      case "torch.UntypedStorage":
        return new PickleGlobal(fullName);
      default:
        if (/^torch(?:\.cuda|\.sparse)?$/.test(module) && CLASS_NAME.test(name)) {
          return new PickleGlobal(fullName);
        }
        if (module === "torch" && DTYPE_NAME.test(name)) return new PickleGlobal(fullName);
        if (/^(?:builtins|__builtin__)$/.test(module) && FACTORY_NAME.test(name)) {
          return new PickleGlobal(fullName);
        }
        throw forbiddenCheckpoint(forbiddenMessage(module, fullName));
    }
  }

  /** The storage of a persistent id ('storage', type, key, location, numel[, view]). */
  persistentLoad(id: PickleValue): StorageRef {
    const items = id instanceof PickleTuple ? id.items : [];
    const [tag, type, key, , numel, view] = items;
    if (tag !== "storage" || !(type instanceof PickleGlobal) || typeof key !== "string") {
      throw corruptCheckpoint(
        `Expected a persistent id ('storage', type, key, location, numel), but found ${
          tag === "module" ? "a whole module" : `a ${typeNameOf(id)}`
        }.`,
      );
    }
    const ref = new StorageRef(
      key,
      storageDtype(type),
      count(numel, `the number of elements of storage ${quoteName(key)}`),
      storageView(view, key),
    );
    const known = this.storages.get(key);
    if (known !== undefined && (known.dtype !== ref.dtype || known.numel !== ref.numel)) {
      throw corruptCheckpoint(
        `Storage ${quoteName(key)} is declared as ${known.numel} × ${known.dtype} and as ${ref.numel} × ${ref.dtype}.`,
      );
    }
    if (known === undefined) this.storages.set(key, ref);
    return ref;
  }

  /** The dict of OrderedDict(), of OrderedDict([[key, value], …]) as Python 2 wrote it, or of Counter({…}). */
  #makeDict(args: Args): PickleDict {
    const dict = new PickleDict();
    const source = args[0];
    if (source === undefined) return dict;
    if (source instanceof PickleDict) {
      this.#spend(source.entries.size);
      for (const [key, value] of source.entries) dict.set(key, value);
      return dict;
    }
    if (!(source instanceof PickleList)) {
      throw corruptCheckpoint(
        `Expected a list of pairs for OrderedDict, but found ${typeNameOf(source)}.`,
      );
    }
    this.#spend(source.items.length);
    for (const pair of source.items) {
      const items = pair instanceof PickleList || pair instanceof PickleTuple ? pair.items : [];
      const [key, value] = items;
      if (key === undefined || value === undefined || items.length !== 2) {
        throw corruptCheckpoint(`Expected a pair for OrderedDict, but found ${typeNameOf(pair)}.`);
      }
      dict.set(key, value);
    }
    return dict;
  }

  /** The set of set([item, …]), as protocol 2 writes it. */
  #makeSet(args: Args): PickleList {
    const set = new PickleList("set");
    if (args.length === 0) return set;
    const { items } = argument(args, 0, PickleList, "a set's items");
    this.#spend(items.length);
    for (const item of items) set.items.push(item);
    return set;
  }

  #spend(items: number): void {
    this.#copiedItems += items;
    if (this.#copiedItems > MAX_COPIED_ITEMS) {
      throw corruptCheckpoint(
        `The pickle copies more than ${MAX_COPIED_ITEMS} dict entries: it is made to exhaust memory.`,
      );
    }
  }
}

/** The tensor of (storage, storage_offset, size, stride[, requires_grad, backward_hooks, dtype | metadata, …]). */
function rebuildTensor(args: Args, dtype: PickleValue | undefined): TensorRef {
  const storage = argument(args, 0, StorageRef, "a tensor's storage");
  const typed = dtype instanceof PickleGlobal;
  const metadata = args[typed ? 7 : 6];
  return new TensorRef({
    storage,
    dtype: typed ? dtype.name.replace(/^torch\./, "") : storage.dtype,
    storageOffset: args[1] ?? null,
    shape: argument(args, 2, PickleTuple, "a tensor's shape"),
    strides: argument(args, 3, PickleTuple, "a tensor's strides"),
    flag:
      metadata instanceof PickleDict
        ? ["conj", "neg"].find((name) => metadata.entries.get(name) === true)
        : undefined,
  });
}

/** The tensor of (function, type, arguments, state): what the function makes, without its attributes. */
function rebuildFromType(args: Args): TensorRef {
  const rebuild = argument(args, 0, PickleGlobal, "the function that makes a tensor");
  const { items } = argument(args, 2, PickleTuple, "a tensor's arguments");
  // Not itself: a function within a function within a function would exhaust the stack.
  const made = /^torch\._utils\./.test(rebuild.name) ? rebuild.call?.(items) : undefined;
  if (made instanceof TensorRef) return made;
  throw forbiddenCheckpoint(
    `The pickle makes a tensor by ${quoteName(rebuild.name)}, which makes none.`,
  );
}

/** The tensor of (data, requires_grad, …), of which only the data matters. */
function rebuildParameter(args: Args): TensorRef {
  return argument(args, 0, TensorRef, "a parameter's data");
}

function storageDtype(type: PickleGlobal): string {
  const name = type.name.slice(type.name.lastIndexOf(".") + 1);
  if (name === "UntypedStorage") return "uint8"; // bytes, whose type the tensor says
  if (!name.endsWith("Storage")) {
    throw corruptCheckpoint(`Expected a storage class, but found ${quoteName(type.name)}.`);
  }
  return STORAGE_DTYPES.get(name) ?? name;
}

/** The part that (key, offset, numel) describes, of a storage within another one. */
function storageView(view: PickleValue | undefined, key: string): StorageRef["view"] {
  if (view === undefined || view === null) return undefined;
  const [, offset, numel] = view instanceof PickleTuple ? view.items : [];
  return {
    offset: count(offset, `the offset of a view of storage ${quoteName(key)}`),
    numel: count(numel, `the number of elements of a view of storage ${quoteName(key)}`),
  };
}

/** An integer ≥ 0 that a double holds exactly. */
function count(value: PickleValue | undefined, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const found =
    typeof value === "number" || typeof value === "bigint"
      ? String(value)
      : typeNameOf(value ?? null);
  throw corruptCheckpoint(`Expected an integer ≥ 0 for ${what}, but found ${found}.`);
}

function argument<T extends PickleValue>(
  args: Args,
  index: number,
  // A class's constructor parameters do not matter for instanceof.
  type: abstract new (...parameters: never[]) => T,
  what: string,
): T {
  const value = args[index];
  if (value instanceof type) return value;
  throw corruptCheckpoint(
    `Expected another value for ${what}, but found ${typeNameOf(value ?? null)}.`,
  );
}

function forbiddenMessage(module: string, fullName: string): string {
  const isModel =
    module.startsWith("torch.nn") || module === "__main__" || module.includes("model");
  const advice = isModel
    ? 'It probably holds a whole model object, not its state_dict. If you trust the file, save the weights alone in Python: torch.save(torch.load(path, weights_only=False).state_dict(), "weights.pth").'
    : 'If you trust the file, save the weights alone in Python: checkpoint = torch.load(path, weights_only=False), then torch.save(checkpoint["state_dict"], "weights.pth") with the key that it has for them.';
  return `The pickle asks for ${quoteName(fullName)}, which is not on the allow-list: nothing was executed. ${advice}`;
}
