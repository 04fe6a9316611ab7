import { allocateOutput } from "../allocateOutput.ts";
import type {
  EstimateRequest,
  PlanEstimate,
  PlanHandle,
  RunOutcome,
  RunRequest,
} from "../FusedModule.ts";
import { ABORTED, runAbortable } from "../runAbortable.ts";
import { PlanEstimator } from "./PlanEstimator.ts";
import { runOnPool } from "./runOnPool.ts";
import type { WorkerPool } from "./WorkerPool.ts";
import type { WorkerPoolFactory } from "./WorkerPoolFactory.ts";
import { MOST_PAGES, runLimitBytes } from "./wasmMemory.ts";

/** WebAssembly's memory never shrinks: idle workers are ended after this time, and the memory with them. */
const IDLE_MS = 1000;

/** Position of the picture's number of channels in a program, see ProgramWriter.ts. */
const CHANNELS_INDEX = 3;

/** A plan of the WebAssembly engine: its workers are started when there is work and ended when there is none. */
export class WasmPlan implements PlanHandle {
  readonly isa: string;
  private readonly factory: WorkerPoolFactory;
  private readonly channels: number;
  private readonly estimator: PlanEstimator;
  private pool: WorkerPool | undefined;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    factory: WorkerPoolFactory,
    isa: string,
    pool: WorkerPool,
    estimator: PlanEstimator,
  ) {
    this.factory = factory;
    this.isa = isa;
    this.pool = pool;
    this.channels = factory.program.code[CHANNELS_INDEX] ?? 1;
    this.estimator = estimator;
    this.startIdleTimer();
  }

  static async create(factory: WorkerPoolFactory): Promise<WasmPlan> {
    const estimator = await PlanEstimator.create(factory); // first: what fails after the pool would leave it behind
    const { pool, isa } = await factory.create();
    return new WasmPlan(factory, isa, pool, estimator);
  }

  estimate(request: EstimateRequest): PlanEstimate {
    const valueCount = request.width * request.height * this.channels;
    const maxMemoryBytes = runLimitBytes(MOST_PAGES, valueCount, request.maxMemoryBytes);
    return this.estimator.estimate({ ...request, maxMemoryBytes });
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    clearTimeout(this.idleTimer);
    try {
      return await this.runNow(request);
    } finally {
      this.startIdleTimer();
    }
  }

  dispose(): void {
    clearTimeout(this.idleTimer);
    this.terminatePool();
  }

  private async runNow(request: RunRequest): Promise<RunOutcome> {
    const { input, width, height } = request;
    const valueCount = width * height * this.channels;
    if (input.length !== valueCount) {
      throw new Error(`Expected ${valueCount} values for input but received ${input.length}.`);
    }
    const output = allocateOutput(valueCount);
    if ("status" in output) return output;
    if (this.pool?.hasFailed) this.terminatePool();
    const pool = this.pool ?? (await this.factory.create()).pool;
    this.pool = pool;
    const abortFlag = this.factory.platform.sharesMemory ? new SharedArrayBuffer(4) : undefined;
    let isTerminated = false;
    const abort = (): void => {
      if (abortFlag !== undefined) {
        Atomics.store(new Int32Array(abortFlag), 0, 1);
      } else {
        isTerminated = true;
        this.terminatePool(); // nothing else reaches a worker that computes
      }
    };
    return runAbortable(request, abort, async (onProgress) => {
      try {
        return await runOnPool(pool, { ...request, onProgress, output, abortFlag });
      } catch (error) {
        this.terminatePool(); // a trap leaves the memory in no known state
        if (isTerminated) return ABORTED;
        throw error;
      }
    });
  }

  private startIdleTimer(): void {
    if (this.pool === undefined) return;
    this.idleTimer = setTimeout(() => this.terminatePool(), IDLE_MS);
    // Node's timers keep the program alive unless told otherwise; a browser's are numbers.
    if (typeof this.idleTimer === "object") this.idleTimer.unref();
  }

  private terminatePool(): void {
    const pool = this.pool;
    this.pool = undefined;
    pool?.terminate("The run was ended.");
  }
}
