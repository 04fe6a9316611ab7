import type { RunOutcome, RunRequest } from "../FusedModule.ts";
import { CHUNK_VALUES } from "./messages.ts";
import type { WorkerPool } from "./WorkerPool.ts";

/** A run as the event loop conducts it. */
interface PoolRun extends Omit<RunRequest, "signal"> {
  /** As large as the input; written to. */
  readonly output: Float32Array;
  /** Ends the run once its value is not 0; undefined where memory cannot be shared. */
  readonly abortFlag: SharedArrayBuffer | undefined;
}

/** Runs the plan of a pool: answers the worker's pulls of the input and its pushes of the output. */
export function runOnPool(pool: WorkerPool, run: PoolRun): Promise<RunOutcome> {
  const { input, output, width, height, maxMemoryBytes, scratchFolder, abortFlag } = run;
  const valueCount = input.length;
  const picture = { width, height, valueCount };
  return pool.request<RunOutcome>(
    { kind: "run", ...picture, maxMemoryBytes, scratchFolder, abortFlag },
    (reply) => {
      switch (reply.kind) {
        case "pull": {
          const end = reply.offset + Math.min(CHUNK_VALUES, reply.count);
          const data = new Float32Array(end - reply.offset);
          data.set(input.subarray(reply.offset, end));
          pool.post({ kind: "chunk", data }, [data.buffer]);
          return undefined;
        }
        case "push":
          output.set(reply.data, reply.offset);
          pool.post({ kind: "ack" });
          return undefined;
        case "progress":
          run.onProgress(reply.fraction);
          return undefined;
        case "runEnded": {
          const { outcome } = reply;
          return { result: outcome.status === "ok" ? { ...outcome, output } : outcome };
        }
        default:
          throw new Error(`Expected news of the run but received ${reply.kind}.`);
      }
    },
  );
}
