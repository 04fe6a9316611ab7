import { NafnetError } from "../errors.ts";

/** @throws NafnetError `ABORTED` if the signal has fired; its reason is the cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new NafnetError("ABORTED", "The work was aborted.", signal.reason);
}
