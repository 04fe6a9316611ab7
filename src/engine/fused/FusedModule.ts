/**
 * The fused engine's code as JavaScript sees it: the native binding and the WebAssembly module both have this
 * shape, and what lies behind it is the C interface of native/include/nafnet.h.
 */

import type { Program } from "../../graph/ProgramWriter.ts";
import type { Precision } from "../EngineOptions.ts";

/** One build of the engine, loaded. */
export interface FusedModule {
  /** Instruction sets that this build has and this machine runs, the fastest first. */
  readonly isas: readonly string[];
  /** The most memory that a run can have here, with its pictures. */
  readonly mostMemoryBytes: number;
  /** The unit that multiplies bfloat16 with an instruction set, `avx512-bf16` or `amx-bf16`; null if none does. */
  bfloat16Unit(isa: string): string | null;
  /**
   * @param program copied
   * @throws Error with one line
   */
  createPlan(program: Program, options: PlanOptions): Promise<PlanHandle>;
  /** The speed of multiply-adds on registers, in 10^9 operations a second of all threads together. */
  peakGflops(
    isa: string,
    precision: Precision,
    threads: number,
    milliseconds: number,
  ): Promise<number>;
}

/** Options of {@link FusedModule.createPlan}. */
export interface PlanOptions {
  readonly isa: string;
  readonly precision: Precision;
  /** Threads of the plan's pool, which sleep while nothing runs. */
  readonly threads: number;
}

/** A compiled program with its weights. */
export interface PlanHandle {
  readonly isa: string;
  estimate(request: EstimateRequest): PlanEstimate;
  /** Never blocks the event loop. One run at a time: the caller waits. */
  run(request: RunRequest): Promise<RunOutcome>;
  /** Ends the pool's threads and frees the weights; no run may be at work. */
  dispose(): void;
}

/** The size of a picture and the means to run it: arguments of {@link PlanHandle.estimate}. */
export interface EstimateRequest {
  readonly width: number;
  readonly height: number;
  /** Infinity for no limit. */
  readonly maxMemoryBytes: number;
  /** Whether a scratch file may be made. */
  readonly hasScratch: boolean;
}

/** The needs of a run: the result of {@link PlanHandle.estimate}. */
export interface PlanEstimate {
  /** Most bytes held at a time beside the input and the output. */
  readonly memoryBytes: number;
  readonly scratchBytes: number;
  readonly flops: number;
  /** The fewest bytes of memory with which a run that has a scratch file can do. */
  readonly leastMemoryBytes: number;
}

/** A picture and how to run it: arguments of {@link PlanHandle.run}. */
export interface RunRequest {
  /** height · width · channels values, interleaved; not written to. */
  readonly input: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Infinity for no limit. */
  readonly maxMemoryBytes: number;
  /** Folder in which a scratch file may be made; null: a picture that does not fit is refused. */
  readonly scratchFolder: string | null;
  /** Called on the event loop with the fraction that is done; what it throws ends the run and rejects it. */
  readonly onProgress: (fraction: number) => void;
  /** Ends the run soon after it fires. */
  readonly signal: AbortSignal | undefined;
}

/** The core's report of a run that has written its output. */
interface RunSuccess {
  readonly status: "ok";
  readonly peakBytes: number;
  readonly scratchBytes: number;
  readonly strips: number;
  /** Whether a value of the output is NaN or infinite. */
  readonly nonFinite: boolean;
}

/** The reason why a run has no output. */
export interface RunFailure {
  readonly status: "aborted" | "out-of-memory" | "scratch-failed" | "invalid";
  readonly message: string;
}

/** The end of a run as the core tells it; the output lies where the core was told to write it. */
export type CoreOutcome = RunSuccess | RunFailure;

/** The end of a run: its output, or the reason why there is none. */
export type RunOutcome =
  | (RunSuccess & {
      /** As large as the input. */
      readonly output: Float32Array;
    })
  | RunFailure;
