/** How runs end that never get to the core, the same for every build of it. */

import type { Failure } from "./FusedModule.ts";

export const ABORTED: Failure = { status: "aborted", message: "The run was aborted." };

/** Fresh pages of the system; an outcome instead where there are not enough. */
export function allocateOutput(values: number): Float32Array | Failure {
  try {
    return new Float32Array(values);
  } catch {
    const message = `There is no memory for an output of ${4 * values} bytes.`;
    return { status: "out-of-memory", message };
  }
}
