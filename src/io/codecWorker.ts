/**
 * Entry of the worker thread that decodes or encodes one picture.
 */
import { parentPort, workerData } from "node:worker_threads";
import { NafnetError } from "../errors.ts";
import { type CodecJob, type Reply, runJob } from "./codecJob.ts";

async function answer(job: CodecJob): Promise<Reply> {
  try {
    return { result: await runJob(job) };
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

const reply = await answer(workerData as CodecJob); // as runCodec.ts gives it
const pixels = "result" in reply && "raster" in reply.result ? reply.result.raster.data : undefined;
// Pixels have a buffer of their own and go over without a copy.
parentPort?.postMessage(reply, pixels === undefined ? [] : [pixels.buffer as ArrayBuffer]);
