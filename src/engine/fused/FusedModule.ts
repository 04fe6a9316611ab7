/**
 * The fused engine's code as JavaScript sees it: the native binding and the WebAssembly module both have this
 * shape, and what lies behind it is the C interface of native/include/nafnet.h.
 */

import type { Precision } from "../EngineOptions.ts";

/** One build of the engine, loaded. */
export interface FusedModule {
  /** Instruction sets that this build has and this machine runs, the fastest first. */
  readonly isas: readonly string[];
  /** What computes bfloat16 products with an instruction set, `avx512-bf16` or `amx-bf16`; null if nothing does. */
  bfloat16Unit(isa: string): string | null;
  /**
   * @param code a program, see Program.ts; copied
   * @param weights what its offsets point into; copied
   * @throws Error with one line
   */
  createPlan(code: Int32Array, weights: Float32Array, options: PlanOptions): Promise<PlanHandle>;
  /** What multiply-adds on registers reach, in 10^9 operations a second of all threads together. */
  peakGflops(
    isa: string,
    precision: Precision,
    threads: number,
    milliseconds: number,
  ): Promise<number>;
}

export interface PlanOptions {
  readonly isa: string;
  readonly precision: Precision;
  /** Threads of the plan's pool, which sleep while nothing runs. */
  readonly threads: number;
}

export interface PlanEstimate {
  /** Most bytes held at a time beside the input and the output. */
  readonly memoryBytes: number;
  readonly scratchBytes: number;
  readonly flops: number;
  /** The fewest bytes of memory with which a run that has a scratch file can do. */
  readonly leastMemoryBytes: number;
}

export interface PlanRun {
  /** height · width · channels values, interleaved; not written to. */
  readonly input: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Infinity for no limit. */
  readonly maxMemoryBytes: number;
  /** Where a scratch file may be made; null: a picture that does not fit is refused. */
  readonly scratchFolder: string | null;
  /** Called on the event loop with the fraction that is done; what it throws ends the run and rejects it. */
  readonly onProgress: (fraction: number) => void;
  /** Ends the run soon after it fires. */
  readonly signal: AbortSignal | undefined;
}

/** What the core tells of a run that has written its output. */
interface Success {
  readonly status: "ok";
  readonly peakBytes: number;
  readonly scratchBytes: number;
  readonly strips: number;
  /** Whether a value of the output is NaN or infinite. */
  readonly nonFinite: boolean;
}

/** Why there is no output. */
export interface Failure {
  readonly status: "aborted" | "out-of-memory" | "scratch-failed" | "invalid";
  readonly message: string;
}

/** How the core ended a run; the output lies where the core was told to write it. */
export type Ending = Success | Failure;

/** How a run ended. */
export type PlanOutcome =
  | (Success & {
      /** As large as the input. */
      readonly output: Float32Array;
    })
  | Failure;

export interface PlanHandle {
  readonly isa: string;
  estimate(
    width: number,
    height: number,
    maxMemoryBytes: number,
    hasScratch: boolean,
  ): PlanEstimate;
  /** Never blocks the event loop. One run at a time: the caller waits. */
  run(run: PlanRun): Promise<PlanOutcome>;
  /** Ends the pool's threads and frees the weights; no run may be at work. */
  dispose(): void;
}
