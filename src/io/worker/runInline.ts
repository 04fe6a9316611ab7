import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import type { CodecJob } from "./CodecJob.ts";
import { decodePixels } from "./decodePixels.ts";
import { encodePixels } from "./encodePixels.ts";

/** Does a job on the calling thread. */
export async function runInline(job: CodecJob): Promise<DecodedPixels | Uint8Array> {
  return job.kind === "decode"
    ? decodePixels(job.bytes, job.format, job.name, job.maxPixels)
    : encodePixels(job.raster, job.settings);
}
