/**
 * Decoding and encoding without keeping the event loop waiting.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { orAborted, throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { PACKAGE_ROOT } from "../../base/packageRoot.ts";
import type { Raster } from "../../image/Raster.ts";
import { type CodecJob, type Reply, type ResultOf, runJob } from "./CodecJob.ts";

/**
 * Pixels from which on a worker thread does it. Measured: a thread takes 48 ms for a picture of no size, and
 * the slowest of the codecs, writing PNG, 47 ms for as many pixels.
 */
const WORKER_PIXELS = 2 ** 19;

/**
 * Runs a job, in a worker thread of its own if it is long. The thread ends with the job: a module that has
 * decoded 24 megapixels keeps 360 MB, and WebAssembly's memory cannot be given back otherwise.
 *
 * @param job what is to be done; its buffers are copied for a worker
 * @param pixels how much work it is
 * @param name the picture's name for messages
 * @param signal ends the thread
 * @throws NafnetError what the codecs throw, `ABORTED`, and `INPUT_TOO_LARGE` or `OUTPUT_FAILED` when the
 *   thread runs out of memory
 */
export async function runCodec<Job extends CodecJob>(
  job: Job,
  pixels: number,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ResultOf<Job>> {
  throwIfAborted(signal);
  const result = pixels < WORKER_PIXELS ? await runJob(job) : await inWorker(job, name, signal);
  throwIfAborted(signal);
  return result as ResultOf<Job>; // runJob gives what the job's kind says
}

async function inWorker(job: CodecJob, name: string, signal: AbortSignal | undefined) {
  const worker = start(job, name);
  const answer = new Promise<Reply>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", (error) => reject(failure(job, name, error)));
    worker.once("exit", (code) => reject(failure(job, name, new Error(`exit code ${code}`))));
  });
  try {
    const reply = await orAborted(answer, signal);
    if ("result" in reply) return reply.result;
    throw new NafnetError(reply.error.code, reply.error.message);
  } finally {
    // It has answered, has ended, or is not wanted any more.
    await worker.terminate();
  }
}

function start(job: CodecJob, name: string): Worker {
  try {
    return new Worker(join(PACKAGE_ROOT, "dist", "codec-worker.js"), {
      execArgv: [], // the program's own loaders are of no use to a built file
      name: "nafnet codec",
      workerData: withOwnBuffer(job),
    });
  } catch (error) {
    // The copy of what it is to work on found no memory.
    throw failure(job, name, error);
  }
}

/** A view is copied with the whole buffer that it is a part of, so that is made small first. */
function withOwnBuffer(job: CodecJob): CodecJob {
  return job.kind === "decode"
    ? { ...job, bytes: owned(job.bytes) }
    : { ...job, raster: { ...job.raster, data: owned(job.raster.data) } };
}

function owned<View extends Raster["data"]>(view: View): View {
  // `slice` gives an array of the same type.
  return view.byteLength === view.buffer.byteLength ? view : (view.slice() as View);
}

/** A thread's own end: of memory, as a rule. */
function failure(job: CodecJob, name: string, error: unknown): NafnetError {
  const reading = job.kind === "decode";
  return new NafnetError(
    reading ? "INPUT_TOO_LARGE" : "OUTPUT_FAILED",
    `${name}: the thread that ${reading ? "decodes" : "encodes"} it ended, most likely for want of ` +
      `memory (${messageOf(error)}); scale the picture down, or run node with a larger ` +
      `--max-old-space-size`,
    error,
  );
}
