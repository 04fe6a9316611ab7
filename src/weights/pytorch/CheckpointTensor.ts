/**
 * A tensor of a checkpoint, made from its description and its storage's bytes: checked, and converted when read.
 *
 * Every size is checked here, before anything is allocated; afterwards reading cannot fail.
 */

import { endianness } from "node:os";
import { quoteName } from "../../base/untrustedNames.ts";
import { valueCount } from "../../graph/WeightMap.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_RANK, MAX_TENSOR_ELEMENTS } from "./checkpointLimits.ts";
import type { CheckpointDtype } from "./dtypes.ts";
import { ITEM_BYTES, isCheckpointDtype, READ_ELEMENT } from "./dtypes.ts";
import type { PickleTuple, PickleValue, TensorRef } from "./PickleValue.ts";
import { typeNameOf } from "./PickleValue.ts";

/** One tensor of a checkpoint. */
export interface CheckpointTensor {
  readonly dtype: CheckpointDtype;
  readonly shape: readonly number[];
  /**
   * The values in row-major order, as a copy that is the caller's. Exact, but for float64 and large
   * integers, which are rounded to the nearest float32.
   */
  toFloat32(): Float32Array;
}

/** A tensor whose every element lies inside its storage. */
interface Layout {
  readonly dtype: CheckpointDtype;
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Offset of the first element in the storage, in elements, as the strides. */
  readonly offset: number;
  readonly numel: number;
}

/**
 * Counts the tensor's elements by its shape, which is checked.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_UNSUPPORTED
 */
export function elementCount(name: string, ref: TensorRef): number {
  return valueCount(shapeOf(name, ref));
}

/**
 * Makes the tensor that `ref` describes, on the bytes of its storage.
 *
 * @param name the tensor's name, for messages
 * @param bytes the storage; kept, not copied
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_UNSUPPORTED
 */
export function makeTensor(name: string, ref: TensorRef, bytes: Uint8Array): CheckpointTensor {
  const dtype = dtypeOf(name, ref);
  const shape = shapeOf(name, ref);
  const numel = elementCount(name, ref);
  const strides = nonNegativeIntegers(name, "stride", ref.strides);
  if (strides.length !== shape.length) {
    throw corruptCheckpoint(
      `Tensor ${quoteName(name)} has ${shape.length} dimensions, but ${strides.length} strides.`,
    );
  }
  const [offset = 0] = nonNegativeIntegers(name, "storage offset", { items: [ref.storageOffset] });
  const available = Math.floor(bytes.length / ITEM_BYTES[dtype]);
  const end = numel === 0 ? 0 : offset + distanceToLast(shape, strides) + 1;
  if (end > available) {
    throw corruptCheckpoint(
      `Tensor ${quoteName(name)} (shape [${shape}], strides [${strides}], offset ${offset}) reaches element ${end} of storage ${quoteName(ref.storage.key)}, which has ${available}: the file is damaged. Get it again.`,
    );
  }
  const layout: Layout = { dtype, bytes, shape, strides, offset, numel };
  return {
    dtype,
    shape: Object.freeze(shape),
    toFloat32: () => (isContiguous(layout) ? copyContiguous(layout) : copyStrided(layout)),
  };
}

function dtypeOf(name: string, ref: TensorRef): CheckpointDtype {
  if (ref.flag !== undefined) {
    throw unsupportedCheckpoint(
      `Tensor ${quoteName(name)} is a lazy view (${ref.flag} bit). Save it in Python as tensor.resolve_${ref.flag}().`,
    );
  }
  if (!isCheckpointDtype(ref.dtype)) {
    throw unsupportedCheckpoint(
      `Expected float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 or bool for tensor ${quoteName(name)}, but found torch.${ref.dtype}. Convert it in Python first, e.g. tensor.float().`,
    );
  }
  return ref.dtype;
}

function shapeOf(name: string, ref: TensorRef): number[] {
  const shape = nonNegativeIntegers(name, "size", ref.shape);
  let numel = 1;
  for (const size of shape) {
    numel *= size;
    if (size > MAX_TENSOR_ELEMENTS || numel > MAX_TENSOR_ELEMENTS) {
      throw corruptCheckpoint(
        `Expected at most ${MAX_TENSOR_ELEMENTS} elements in tensor ${quoteName(name)}, but its shape is [${shape}].`,
      );
    }
  }
  return shape;
}

/** The tuple's integers ≥ 0, at most MAX_RANK of them. */
function nonNegativeIntegers(
  name: string,
  what: string,
  tuple: Pick<PickleTuple, "items">,
): number[] {
  if (tuple.items.length > MAX_RANK) {
    throw unsupportedCheckpoint(
      `Expected at most ${MAX_RANK} dimensions in tensor ${quoteName(name)}, but found ${tuple.items.length}.`,
    );
  }
  return tuple.items.map((item) => {
    if (typeof item === "number" && Number.isSafeInteger(item) && item >= 0) return item;
    throw corruptCheckpoint(
      `Expected integers ≥ 0 for each ${what} of tensor ${quoteName(name)}, but found ${shown(item)}.`,
    );
  });
}

function shown(value: PickleValue): string {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber ? String(value).slice(0, 24) : typeNameOf(value);
}

/** Distance from the first to the last element in the storage; imprecise only where it is far too large anyway. */
function distanceToLast(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 0);
}

function isContiguous({ shape, strides }: Layout): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function copyContiguous({ dtype, bytes, offset, numel }: Layout): Float32Array {
  const out = new Float32Array(numel);
  if (dtype === "float32" && endianness() === "LE") {
    new Uint8Array(out.buffer).set(bytes.subarray(4 * offset, 4 * (offset + numel)));
    return out;
  }
  const view = viewOf(bytes);
  const read = READ_ELEMENT[dtype];
  const itemBytes = ITEM_BYTES[dtype];
  for (let i = 0; i < numel; i += 1) out[i] = read(view, (offset + i) * itemBytes);
  return out;
}

function copyStrided({ dtype, bytes, shape, strides, offset, numel }: Layout): Float32Array {
  const out = new Float32Array(numel);
  const view = viewOf(bytes);
  const read = READ_ELEMENT[dtype];
  const itemBytes = ITEM_BYTES[dtype];
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < numel; i += 1) {
    out[i] = read(view, at * itemBytes);
    // Count up like an odometer: the last axis first, carrying into the one before it.
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      at += stride;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      at -= next * stride;
    }
  }
  return out;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
