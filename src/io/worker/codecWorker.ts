/**
 * Entry of the worker thread that decodes or encodes one picture.
 */
import { parentPort, workerData } from "node:worker_threads";
import { NafnetError } from "../../base/errors.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import type { CodecJob, CodecReply } from "./CodecJob.ts";
import { runInline } from "./runInline.ts";

async function answer(job: CodecJob): Promise<CodecReply> {
  try {
    return { result: await runInline(job) };
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

const reply = await answer(workerData as CodecJob); // as runCodecJob.ts gives it
parentPort?.postMessage(reply, "result" in reply ? transferables(reply.result) : []);

/** Buffers that are transferred instead of copied: of pixels, or of a file, that have one of their own. */
function transferables(result: DecodedPixels | Uint8Array): ArrayBuffer[] {
  const { buffer, byteLength } = "raster" in result ? result.raster.data : result;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
