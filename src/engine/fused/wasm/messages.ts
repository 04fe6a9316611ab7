/** The messages between the event loop and the workers of a pool. */

import type { Program } from "../../../graph/ProgramWriter.ts";
import type { Precision } from "../../EngineOptions.ts";
import type { CoreOutcome } from "../FusedModule.ts";

/** The module and the memory of a worker's instance. */
export interface WorkerInit {
  readonly module: WebAssembly.Module;
  /** Shared with the other workers; undefined: the worker makes its own. */
  readonly memory: WebAssembly.Memory | undefined;
  readonly maxPages: number;
  readonly threads: number;
}

/** Compiles a program; answered by {@link PoolCreated} and `planCreated`. */
export interface CreatePlanRequest extends WorkerInit {
  readonly kind: "createPlan";
  readonly program: Program;
  readonly isa: string;
  readonly precision: Precision;
}

/** Works for the pool until it ends: the worker hears nothing more. */
interface JoinPoolRequest extends WorkerInit {
  readonly kind: "joinPool";
  readonly pool: number;
  readonly thread: number;
  readonly stackTop: number;
}

/** Runs the plan; pulls the input, pushes the output, and is answered by `runEnded`. */
export interface RunPlanRequest {
  readonly kind: "run";
  readonly width: number;
  readonly height: number;
  /** Values of the input, and as many of the output. */
  readonly valueCount: number;
  readonly maxMemoryBytes: number;
  readonly scratchFolder: string | null;
  /** Its value is not 0 once the run is to end; undefined where memory cannot be shared. */
  readonly abortFlag: SharedArrayBuffer | undefined;
}

/** Measures multiply-adds; answered by {@link PoolCreated} and `peakMeasured`. */
interface MeasurePeakRequest extends WorkerInit {
  readonly kind: "measurePeak";
  readonly isa: string;
  readonly precision: Precision;
  readonly milliseconds: number;
}

/** The event loop's end of a run's streams. */
export type StreamAnswer =
  /** The answer to `pull`. */
  | { readonly kind: "chunk"; readonly data: Float32Array<ArrayBuffer> }
  /** The answer to `push`: ready for the next chunk. */
  | { readonly kind: "ack" };

/** The worker's end of a run's streams. */
export type StreamRequest =
  /** Wants values of the input; `count` are left, a chunk may be shorter. */
  | { readonly kind: "pull"; readonly offset: number; readonly count: number }
  /** A chunk of the output. */
  | { readonly kind: "push"; readonly offset: number; readonly data: Float32Array<ArrayBuffer> };

/** The pool is there for the other workers to join, each with a stack. */
export interface PoolCreated {
  readonly kind: "poolCreated";
  readonly pool: number;
  readonly stackTops: readonly number[];
}

/** Requests that a worker answers one after the other. */
export type WorkRequest = CreatePlanRequest | JoinPoolRequest | RunPlanRequest | MeasurePeakRequest;

/** Every message to a worker. */
export type WorkerRequest = WorkRequest | StreamAnswer;

/** Every message from a worker. */
export type WorkerReply =
  | PoolCreated
  | { readonly kind: "planCreated"; readonly isa: string }
  | StreamRequest
  | { readonly kind: "progress"; readonly fraction: number }
  | { readonly kind: "runEnded"; readonly outcome: CoreOutcome }
  | { readonly kind: "peakMeasured"; readonly gflops: number }
  | { readonly kind: "failed"; readonly message: string };

/** The first message of a worker of Node's; for nodePlatform.ts alone. */
export const LOADED = "loaded";

/** 16 MiB: copied in a few milliseconds. */
export const CHUNK_VALUES: number = 2 ** 22;
