import type { CoreOutcome } from "../FusedModule.ts";
import type { ChunkStream } from "./ChunkStream.ts";
import type { Instance } from "./Instance.ts";
import type { RunPlanRequest } from "./messages.ts";
import type { Address } from "./moduleInterface.ts";
import type { ScratchFiles } from "./Platform.ts";
import type { WorkerImports } from "./WorkerImports.ts";
import { runLimitBytes } from "./wasmMemory.ts";

/** A plan in a worker, and the worker's means to run it. */
export interface WorkerPlan {
  readonly plan: Address;
  readonly pool: Address;
  readonly threads: number;
  readonly maxPages: number;
  readonly instance: Instance;
  readonly imports: WorkerImports;
  readonly stream: ChunkStream;
  readonly scratch: ScratchFiles;
}

/** A run in a worker: pulls the input into the module's memory, computes, and pushes the output. */
export async function runInWorker(
  worker: WorkerPlan,
  request: RunPlanRequest,
): Promise<CoreOutcome> {
  const { plan, pool, threads, instance, imports, stream, scratch } = worker;
  const { width, height, valueCount, scratchFolder, abortFlag } = request;
  const maxMemoryBytes = runLimitBytes(worker.maxPages, valueCount, request.maxMemoryBytes);
  const needsScratch = (): boolean =>
    instance.estimate(plan, { width, height, threads, maxMemoryBytes, hasScratch: true })
      .scratchBytes > 0;
  const allocated: Address[] = [];
  const allocate = (bytes: number): Address => {
    const address = instance.allocate(bytes);
    allocated.push(address);
    return address;
  };
  let scratchFile = -1;
  imports.beginRun(abortFlag);
  try {
    const input = allocate(4 * valueCount);
    const output = allocate(4 * valueCount);
    await stream.pull(instance, input, valueCount);
    if (scratchFolder !== null && needsScratch()) scratchFile = scratch.open(scratchFolder);
    const outcome = instance.run(plan, {
      input,
      output,
      width,
      height,
      pool,
      maxMemoryBytes,
      scratchFile,
    });
    if (outcome.status === "ok") await stream.push(instance, output, valueCount);
    else if (imports.scratchFailure !== undefined) {
      const message = `${outcome.message} The scratch file: ${imports.scratchFailure}.`;
      return { ...outcome, message };
    }
    return outcome;
  } catch (error) {
    // Traps of the module mean that its memory is lost: the owner starts another worker.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { status: error instanceof RangeError ? "out-of-memory" : "scratch-failed", message };
  } finally {
    if (scratchFile >= 0) scratch.close(scratchFile);
    for (const address of allocated) instance.free(address);
  }
}
