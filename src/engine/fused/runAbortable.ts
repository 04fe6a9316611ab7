import type { RunFailure, RunRequest } from "./FusedModule.ts";

/** The end of a run that was aborted. */
export const ABORTED: RunFailure = { status: "aborted", message: "The run was aborted." };

/**
 * A run that ends early, the same on every build of the engine, when the caller's signal fires and when the
 * caller's onProgress throws.
 *
 * @param abort asks the engine to end the run; may be called more than once
 * @param run begins the run; is given the onProgress to hand to the engine, which never throws
 * @returns the run's result; {@link ABORTED}, without beginning it, where the signal has fired
 * @throws what onProgress or the run throws
 */
export async function runAbortable<T>(
  { onProgress, signal }: Pick<RunRequest, "onProgress" | "signal">,
  abort: () => void,
  run: (onProgress: (fraction: number) => void) => Promise<T>,
): Promise<T | RunFailure> {
  if (signal?.aborted) return ABORTED;
  const thrown: unknown[] = [];
  const report = (fraction: number): void => {
    if (thrown.length > 0) return;
    try {
      onProgress(fraction);
    } catch (error) {
      thrown.push(error);
      abort();
    }
  };
  signal?.addEventListener("abort", abort);
  try {
    const result = await run(report);
    if (thrown.length > 0) throw thrown[0];
    return result;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
