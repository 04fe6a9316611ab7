import type { RunFailure } from "./FusedModule.ts";

/** Fresh pages of the system for a run's output; a failure of the run where there are not enough. */
export function allocateOutput(valueCount: number): Float32Array | RunFailure {
  try {
    return new Float32Array(valueCount);
  } catch {
    const message = `There is no memory for an output of ${4 * valueCount} bytes.`;
    return { status: "out-of-memory", message };
  }
}
