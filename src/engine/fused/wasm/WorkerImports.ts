import type { ModuleImports } from "./moduleInterface.ts";
import type { ScratchFiles, WorkerScope } from "./Platform.ts";

/** Time between two reports of progress. */
const REPORT_INTERVAL_MS = 30;

/** The functions that the module calls in a worker: they report progress, tell of an abort, and reach scratch files. */
export class WorkerImports implements ModuleImports {
  /** The reason of the first scratch file's call that failed in the run at work. */
  scratchFailure: string | undefined;
  private readonly scope: WorkerScope;
  private abortFlag: Int32Array | undefined;
  private lastReportMs = 0;

  constructor(scope: WorkerScope) {
    this.scope = scope;
  }

  /** @param abortFlag not 0 once the run is to end; undefined where memory cannot be shared */
  beginRun(abortFlag: SharedArrayBuffer | undefined): void {
    this.abortFlag = abortFlag === undefined ? undefined : new Int32Array(abortFlag);
    this.scratchFailure = undefined;
  }

  progress(fraction: number): boolean {
    const now = performance.now();
    if (now - this.lastReportMs >= REPORT_INTERVAL_MS) {
      this.lastReportMs = now;
      this.scope.reply({ kind: "progress", fraction });
    }
    return this.abortFlag !== undefined && Atomics.load(this.abortFlag, 0) !== 0;
  }

  scratchRead(file: number, offset: number, bytes: Uint8Array): boolean {
    return this.tryScratch((scratch) => scratch.read(file, offset, bytes));
  }

  scratchWrite(file: number, offset: number, bytes: Uint8Array): boolean {
    return this.tryScratch((scratch) => scratch.write(file, offset, bytes));
  }

  private tryScratch(work: (scratch: ScratchFiles) => void): boolean {
    try {
      work(this.scope.scratch);
      return true;
    } catch (error) {
      this.scratchFailure ??= error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}
