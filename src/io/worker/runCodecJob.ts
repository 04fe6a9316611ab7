/**
 * Decoding and encoding that leave the event loop free.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { orAborted, throwIfAborted } from "../../base/abort.ts";
import { isAddressSpaceTight } from "../../base/addressSpace.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { packageRoot, runsFromPackage } from "../../base/packageRoot.ts";
import type { Raster } from "../../image/Raster.ts";
import type { CodecJob, CodecReply, CodecResult } from "./CodecJob.ts";
import { runInline } from "./runInline.ts";

/**
 * Pixels from which on a job has a worker thread. Measured: a thread takes 48 ms for a picture of no size, and
 * the slowest of the codecs, writing PNG, 47 ms for as many pixels.
 */
const WORKER_PIXELS = 2 ** 19;

/** Codes of errors with which a thread ends before it has begun: no memory for it, or its file is not there. */
const NOT_STARTED: readonly unknown[] = [
  "ERR_WORKER_INIT_FAILED",
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
];

/** Options of {@link runCodecJob}. */
export interface CodecJobOptions {
  /** The work, in pixels. */
  readonly pixels: number;
  /** The picture's name for messages. */
  readonly name: string;
  /** Ends the thread. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs a job, in a worker thread of its own if it is long. The thread ends with the job: a module that has
 * decoded 24 megapixels keeps 360 MB, and WebAssembly's memory cannot be given back otherwise. In a bundle,
 * which has the codecs in it, and where a thread cannot be started or may end the process, the calling one does it.
 *
 * @param job its buffers are copied for a worker
 * @throws NafnetError the errors of the codecs, `ABORTED`, and `INPUT_TOO_LARGE` or `OUTPUT_FAILED` when the
 *   thread runs out of memory
 */
export async function runCodecJob<Job extends CodecJob>(
  job: Job,
  { pixels, name, signal }: CodecJobOptions,
): Promise<CodecResult<Job>> {
  throwIfAborted(signal);
  const hasWorker = pixels >= WORKER_PIXELS && runsFromPackage() && !isAddressSpaceTight();
  const result = hasWorker ? await runInWorker(job, name, signal) : await runInline(job);
  throwIfAborted(signal);
  return result as CodecResult<Job>; // the job's kind decides the type, which runInline cannot say
}

async function runInWorker(job: CodecJob, name: string, signal: AbortSignal | undefined) {
  const worker = start(job);
  if (worker === undefined) return runInline(job);
  const answer = new Promise<CodecReply | "not started">((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("messageerror", (error) => reject(workerDeath(job, name, error)));
    worker.once("error", (error) => {
      if (NOT_STARTED.includes(errorCode(error))) resolve("not started");
      else reject(workerDeath(job, name, error));
    });
    worker.once("exit", (code) => reject(workerDeath(job, name, new Error(`exit code ${code}`))));
  });
  try {
    const reply = await orAborted(answer, signal);
    if (reply === "not started") return await runInline(job);
    if ("result" in reply) return reply.result;
    throw new NafnetError(reply.error.code, reply.error.message);
  } finally {
    // It has answered, has ended, or is not wanted any more.
    await worker.terminate();
  }
}

/** @returns undefined where the system gives no thread, or no memory for the copy of the job */
function start(job: CodecJob): Worker | undefined {
  try {
    return new Worker(join(packageRoot("ENGINE_FAILED"), "dist", "codec-worker.js"), {
      execArgv: [], // the program's own loaders are of no use to a built file
      name: "nafnet codec",
      workerData: withOwnBuffer(job),
    });
  } catch {
    return undefined; // the calling thread needs neither
  }
}

/** The job with buffers of its own: a view would be copied with the whole buffer that it is a part of. */
function withOwnBuffer(job: CodecJob): CodecJob {
  return job.kind === "decode"
    ? { ...job, bytes: owned(job.bytes) }
    : { ...job, raster: { ...job.raster, data: owned(job.raster.data) } };
}

function owned<View extends Raster["data"]>(view: View): View {
  // `slice` returns an array of the same type.
  return view.byteLength === view.buffer.byteLength ? view : (view.slice() as View);
}

/** The error of a thread that ended by itself: of memory, as a rule. */
function workerDeath(job: CodecJob, name: string, error: unknown): NafnetError {
  const reading = job.kind === "decode";
  const remedy =
    errorCode(error) === "ERR_WORKER_OUT_OF_MEMORY"
      ? "run node with a larger --max-old-space-size"
      : "give the process more memory (container, ulimit -v)";
  return new NafnetError(
    reading ? "INPUT_TOO_LARGE" : "OUTPUT_FAILED",
    `${name}: the thread that ${reading ? "decodes" : "encodes"} it ended, most likely for want of ` +
      `memory (${messageOf(error)}); scale the picture down, or ${remedy}`,
    error,
  );
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
