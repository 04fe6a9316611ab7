/**
 * Decoding or encoding as a message: the job that a worker thread is given, and its reply.
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import type { BuiltInFormat } from "./BuiltInFormat.ts";

/** A file to decode. */
export interface DecodeJob {
  readonly kind: "decode";
  readonly bytes: Uint8Array;
  readonly format: BuiltInFormat;
  /** The picture's name for messages. */
  readonly name: string;
  readonly maxPixels: number;
}

/** Settings of writing a PNG or JPEG. */
export interface EncodeSettings {
  readonly format: BuiltInFormat;
  /** JPEG's quality, 1-100. */
  readonly quality: number;
  readonly metadata: Metadata;
  /** PNG without compression, to be read again at once. */
  readonly stored?: boolean | undefined;
}

/** Pixels to encode. */
export interface EncodeJob {
  readonly kind: "encode";
  readonly raster: Raster;
  readonly settings: EncodeSettings;
}

export type CodecJob = DecodeJob | EncodeJob;

/** The result of a kind of job: pixels, or a file. */
export type CodecResult<Job extends CodecJob> = Job extends DecodeJob ? DecodedPixels : Uint8Array;

/** A worker's reply. An error that is no NafnetError ends the worker, and is thrown by its caller. */
export type CodecReply =
  | { readonly result: DecodedPixels | Uint8Array }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } };
