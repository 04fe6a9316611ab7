/**
 * Any source of a picture to a raster.
 */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { invalidArgument, messageOf, NafnetError, shortened } from "../base/errors.ts";
import { checkRaster, type Raster } from "../image/Raster.ts";
import { isTensorLike, type TensorLike, tensorToRaster } from "../image/tensorToRaster.ts";
import { type DecodeImageOptions, decodeImage } from "./decodeImage.ts";
import { checkSize, MAX_PIXELS } from "./decoding/pictureLimits.ts";
import type { PictureFormat } from "./formats.ts";
import type { Metadata } from "./metadata/Metadata.ts";

/** Pixels with their size: a browser's `ImageData`, a canvas's, sharp's raw output, a Raster. */
export interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  /** 8 bits, 16 bits, or float 0-1; interleaved; `width * height * channels` values */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
  /** 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA. @default told from the data's length */
  readonly channels?: number;
}

/**
 * A picture: path, `file:` URL, encoded bytes, pixels, or tensor.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | ImageDataLike | TensorLike;

/** A picture that was read. */
export interface ReadImage {
  readonly raster: Raster;
  /** undefined for pixels and tensors */
  readonly format: PictureFormat | undefined;
  /** The file's metadata; empty for pixels and tensors. */
  readonly metadata: Metadata;
  /** `options.name`, else the path, or a word for a source without one. */
  readonly name: string;
}

const ACCEPTED =
  "a path, a file: URL, the bytes of a picture (Uint8Array, Buffer, ArrayBuffer), " +
  "pixels {width, height, data}, or a tf.Tensor3D";

/** Bytes that `fs.readFile` reads at most, 2 GiB. */
const MAX_PICTURE_BYTES = 2 ** 31 - 1;

/**
 * A float picture this far from 0-1 is one of 0-255 that was not divided: refused, since it would
 * come out white. Values a little outside 0-1 are normal.
 */
const MAX_FLOAT = 16;

/**
 * Reads a picture from any source.
 *
 * @param source see {@link ImageSource}. Pixels are not copied, so the raster shares their data;
 *   a tensor is not disposed
 * @param options limit on the pixels, name for messages, signal
 * @throws NafnetError INPUT_NOT_FOUND, INVALID_ARGUMENT for a value of another kind, and the
 *   errors of `decodeImage`
 * @example
 * const { raster } = await readImage("photo.jpg");
 */
export async function readImage(
  source: ImageSource,
  options: DecodeImageOptions = {},
): Promise<ReadImage> {
  if (typeof source === "string" || source instanceof URL) {
    const path = pathOf(source);
    const name = shortened(options.name ?? path);
    return { ...(await decodeImage(await readPicture(path, name), { ...options, name })), name };
  }
  if (types.isUint8Array(source) || types.isAnyArrayBuffer(source)) {
    const name = options.name ?? "buffer";
    const bytes = types.isUint8Array(source) ? source : new Uint8Array(source);
    return { ...(await decodeImage(bytes, { ...options, name })), name };
  }
  if (typeof source === "object" && source !== null && isTensorLike(source)) {
    const name = options.name ?? "tensor";
    const raster = await tensorToRaster(source, name);
    return withoutFile(checkPixels(raster, name, options), name);
  }
  if (isImageData(source)) {
    const name = options.name ?? "image data";
    return withoutFile(checkPixels(toRaster(source, name), name, options), name);
  }
  throw invalidArgument("the picture", ACCEPTED, typeNameOf(source));
}

function withoutFile(raster: Raster, name: string): ReadImage {
  return { raster, format: undefined, metadata: {}, name };
}

function pathOf(source: string | URL): string {
  if (source === "") throw invalidArgument("the picture", ACCEPTED, '""');
  const text = String(source);
  if (typeof source === "string" && !/^file:/i.test(text)) {
    // Two letters at least, so that C:\photo.png is a path.
    if (!/^([a-z][a-z0-9+.-]+:\/\/|data:|blob:)/i.test(text)) return source;
  } else if (/^file:/i.test(text)) {
    try {
      return fileURLToPath(source);
    } catch (error) {
      throw new NafnetError("INVALID_ARGUMENT", `${shortened(text)}: ${messageOf(error)}`, error);
    }
  }
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `${shortened(text)}: only file: URLs are read; fetch it and pass the bytes`,
  );
}

async function readPicture(path: string, name: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (!info.isFile()) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `${name}: expected a file but it is ${info.isDirectory() ? "a folder" : "a special file"}`,
      );
    }
    if (info.size > MAX_PICTURE_BYTES) {
      throw new NafnetError(
        "INPUT_TOO_LARGE",
        `${name}: ${info.size} bytes is more than the limit of ${MAX_PICTURE_BYTES}`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof NafnetError) throw error;
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const what = missing ? "no such file" : `cannot be read: ${messageOf(error)}`;
    throw new NafnetError("INPUT_NOT_FOUND", `${name}: ${what}`, error);
  }
}

function isImageData(source: unknown): source is ImageDataLike {
  return (
    typeof source === "object" &&
    source !== null &&
    "width" in source &&
    "height" in source &&
    "data" in source
  );
}

function toRaster({ width, height, data, channels: given }: ImageDataLike, name: string): Raster {
  const bitDepth =
    types.isUint8Array(data) || types.isUint8ClampedArray(data)
      ? 8
      : types.isUint16Array(data)
        ? 16
        : types.isFloat32Array(data)
          ? 32
          : undefined;
  if (bitDepth === undefined) {
    throw invalidArgument(
      `data of ${name}`,
      "a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array",
      typeNameOf(data),
    );
  }
  const channels = given ?? data.length / (width * height);
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `${name}: expected 1, 2, 3 or 4 channels but ${data.length} values at ${width}x${height} ` +
        `make ${channels}`,
    );
  }
  return { width, height, channels, bitDepth, data };
}

/** Checks what decoding checks of a file: consistent, not too large, and float values that mean 0-1. */
function checkPixels(raster: Raster, name: string, options: DecodeImageOptions): Raster {
  checkRaster(raster);
  checkSize(name, raster.width, raster.height, options.maxPixels ?? MAX_PIXELS);
  if (raster.bitDepth !== 32) return raster;
  const { data } = raster;
  for (let at = 0; at < data.length; at++) {
    // Written so that NaN fails too.
    if (!(Math.abs(data[at]!) <= MAX_FLOAT)) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `${name}: expected float values 0-1 but value ${at} is ${data[at]}; divide 0-255 by 255`,
      );
    }
  }
  return raster;
}

/** A value's type as JavaScript names it. */
function typeNameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return typeof value;
  return Object.prototype.toString.call(value).slice(8, -1);
}
