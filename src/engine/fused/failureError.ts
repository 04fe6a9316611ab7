import type { NafnetError } from "../../base/errors.ts";
import { runError } from "../runError.ts";
import type { RunFailure } from "./FusedModule.ts";

/** The picture and the means of a run that failed. */
interface FailedRun {
  /** As {@link Plan.engine} names it. */
  readonly engine: string;
  readonly width: number;
  readonly height: number;
  readonly scratchFolder: string;
}

/** The error of a run that the core ended without an output, with the remedy. */
export function failureError({ status, message }: RunFailure, run: FailedRun): NafnetError {
  switch (status) {
    case "out-of-memory":
      return runError(
        "MEMORY_LIMIT",
        run.engine,
        run,
        `${message}; set a smaller maxMemoryBytes, so that it works in strips, or give a smaller picture.`,
      );
    case "scratch-failed":
      return runError(
        "ENGINE_FAILED",
        run.engine,
        run,
        `the scratch file in ${run.scratchFolder}: ${message}; free space there, or choose another scratchFolder.`,
      );
    case "aborted": // by nobody that the plan knows of
    case "invalid":
      return runError("ENGINE_FAILED", run.engine, run, message);
    default:
      return status satisfies never;
  }
}
