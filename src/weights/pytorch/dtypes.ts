/** Element types: PyTorch's names, sizes, and reading an element as float32. */

import { bfloat16ToFloat32, halfToFloat32 } from "../../base/half.ts";

/** The element types that are read. */
export type CheckpointDtype =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** Bytes of an element. */
export const ITEM_BYTES: Readonly<Record<CheckpointDtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Element types of PyTorch's storage classes. */
export const STORAGE_DTYPES: ReadonlyMap<string, CheckpointDtype> = new Map([
  ["DoubleStorage", "float64"],
  ["FloatStorage", "float32"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
]);

/** Tells whether PyTorch's name is one of the types that are read. */
export function isCheckpointDtype(name: string): name is CheckpointDtype {
  return Object.hasOwn(ITEM_BYTES, name);
}

/** Reads one little-endian element; the result is exact or rounded once, to the nearest float32. */
export type ElementReader = (view: DataView, byteOffset: number) => number;

/** Readers by element type; storing the result in a `Float32Array` rounds float64 and int32. */
export const READ_ELEMENT: Readonly<Record<CheckpointDtype, ElementReader>> = {
  float64: (view, at) => view.getFloat64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float16: (view, at) => halfToFloat32(view.getUint16(at, true)),
  bfloat16: (view, at) => bfloat16ToFloat32(view.getUint16(at, true)),
  int64: (view, at) => int64ToFloat32(view.getBigInt64(at, true)),
  int32: (view, at) => view.getInt32(at, true),
  int16: (view, at) => view.getInt16(at, true),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

function int64ToFloat32(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  // Number() has rounded to 53 bits and a Float32Array would round again: shorten exactly instead,
  // and keep in the last bit whether anything was cut off (round to odd).
  const sticky = (value & 0xfffn) === 0n ? 0n : 1n;
  return Number((value >> 12n) | sticky) * 4096;
}
