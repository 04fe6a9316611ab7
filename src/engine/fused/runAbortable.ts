/** What ends a run early, the same for every build of the engine: the caller's signal, or a throwing onProgress. */

import type { PlanRun } from "./FusedModule.ts";

export class RunControl {
  /** Hand this to the engine instead of the caller's. */
  readonly onProgress: (fraction: number) => void;
  private readonly signal: AbortSignal | undefined;
  private readonly abort: () => void;
  private thrown: { readonly error: unknown } | undefined;

  /** @param abort asks the engine to end the run */
  constructor({ onProgress, signal }: PlanRun, abort: () => void) {
    this.signal = signal;
    this.abort = abort;
    this.onProgress = (fraction) => {
      if (this.thrown !== undefined) return;
      try {
        onProgress(fraction);
      } catch (error) {
        this.thrown = { error };
        abort();
      }
    };
    signal?.addEventListener("abort", abort);
  }

  /** @throws what onProgress threw */
  async finish<T>(outcome: Promise<T>): Promise<T> {
    try {
      const result = await outcome;
      if (this.thrown !== undefined) throw this.thrown.error;
      return result;
    } finally {
      this.signal?.removeEventListener("abort", this.abort);
    }
  }
}
