/**
 * Decoding or encoding as a message: what a worker is given, what it answers.
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { Raster } from "../../image/Raster.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { decodePixels, type OwnFormat } from "./decodePixels.ts";
import { type EncodeSettings, encodePixels } from "./encodePixels.ts";

export interface DecodeJob {
  readonly kind: "decode";
  readonly bytes: Uint8Array;
  readonly format: OwnFormat;
  readonly name: string;
  readonly maxPixels: number;
}

export interface EncodeJob {
  readonly kind: "encode";
  readonly raster: Raster;
  readonly settings: EncodeSettings;
}

export type CodecJob = DecodeJob | EncodeJob;
export type ResultOf<Job extends CodecJob> = Job extends DecodeJob ? DecodedPixels : Uint8Array;

/** What a worker answers; anything else that is thrown ends it, and is thrown by its caller. */
export type Reply =
  | { readonly result: DecodedPixels | Uint8Array }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } };

/** Does the job on the thread that calls. */
export async function runJob(job: CodecJob): Promise<DecodedPixels | Uint8Array> {
  return job.kind === "decode"
    ? decodePixels(job.bytes, job.format, job.name, job.maxPixels)
    : encodePixels(job.raster, job.settings);
}
