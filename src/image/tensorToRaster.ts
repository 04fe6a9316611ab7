/**
 * A tfjs tensor to a raster, without importing tfjs.
 */
import { types } from "node:util";
import { invalidArgument, messageOf, NafnetError } from "../base/errors.ts";
import type { Raster } from "./Raster.ts";

/**
 * The part of a `tf.Tensor3D` that is used, so that callers need no tfjs and those who have one can
 * pass it from any version.
 */
export interface TensorLike {
  /** The backend's key of the values, which tells a tensor from other objects. */
  readonly dataId: object;
  /** [height, width, 1 | 3 | 4] */
  readonly shape: readonly number[];
  /** "float32": values 0-1; "int32": 0-255 */
  readonly dtype: string;
  /** Downloads the values from the backend. */
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** A `tf.Tensor3D` that is handed over, as far as it goes without tfjs's types. */
export interface DisposableTensor extends TensorLike {
  /** Gives its memory back. */
  dispose(): void;
}

/** Tells a tfjs tensor by its structure. */
export function isTensorLike(value: object): value is TensorLike {
  return (
    "dataId" in value &&
    "shape" in value &&
    "dtype" in value &&
    "data" in value &&
    typeof value.data === "function"
  );
}

/**
 * Downloads a picture from a tensor.
 *
 * @param tensor [height, width, 1 | 3 | 4], float32 0-1 or int32 0-255; neither changed nor disposed
 * @param name the tensor's name for messages
 * @returns float32 → depth 32, int32 → depth 8
 * @throws NafnetError INVALID_ARGUMENT for other shapes, types and values, and a disposed tensor
 */
export async function tensorToRaster(tensor: TensorLike, name: string): Promise<Raster> {
  const { shape, dtype } = tensor;
  const [height, width, channels] = shape;
  const invalid = (what: string, cause?: unknown) =>
    new NafnetError("INVALID_ARGUMENT", `${name}: ${what}`, cause);
  if (
    shape.length !== 3 ||
    !height ||
    !width ||
    (channels !== 1 && channels !== 3 && channels !== 4)
  ) {
    throw invalidArgument(
      `the shape of ${name}`,
      "[height, width, 1 | 3 | 4]",
      `[${shape.join(", ")}]`,
    );
  }
  let values: Float32Array | Int32Array | Uint8Array;
  try {
    values = await tensor.data();
  } catch (error) {
    throw invalid(`the tensor could not be read: ${messageOf(error)}`, error);
  }
  if (dtype === "float32" && types.isFloat32Array(values)) {
    return { width, height, channels, bitDepth: 32, data: values.slice() };
  }
  if (dtype === "int32" && types.isInt32Array(values)) {
    const bad = values.findIndex((value) => value < 0 || value > 255);
    if (bad >= 0) throw invalid(`expected int32 values 0-255 but value ${bad} is ${values[bad]}`);
    return { width, height, channels, bitDepth: 8, data: Uint8Array.from(values) };
  }
  throw invalidArgument(`the dtype of ${name}`, "float32 (0-1) or int32 (0-255)", dtype);
}
