/**
 * Entry of the worker thread that decodes or encodes one picture.
 */
import { parentPort, workerData } from "node:worker_threads";
import { NafnetError } from "../../base/errors.ts";
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { type CodecJob, type Reply, runJob } from "./CodecJob.ts";

async function answer(job: CodecJob): Promise<Reply> {
  try {
    return { result: await runJob(job) };
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

const reply = await answer(workerData as CodecJob); // as runCodec.ts gives it
parentPort?.postMessage(reply, "result" in reply ? buffersOf(reply.result) : []);

/** What goes over without a copy: pixels, or a file, that have a buffer of their own. */
function buffersOf(result: DecodedPixels | Uint8Array): ArrayBuffer[] {
  const { buffer, byteLength } = "raster" in result ? result.raster.data : result;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
