/** What passes between the event loop and its workers. */

import type { Precision } from "../../EngineOptions.ts";
import type { Ending } from "../FusedModule.ts";

/** What a worker begins with. */
export interface Start {
  readonly module: WebAssembly.Module;
  /** Shared with the other workers; undefined: the worker makes its own. */
  readonly memory: WebAssembly.Memory | undefined;
  readonly pages: number;
  readonly threads: number;
}

export type Request =
  | ({
      readonly kind: "plan";
      readonly code: Int32Array;
      readonly weights: Float32Array;
      readonly isa: string;
      readonly precision: Precision;
    } & Start)
  /** Work for the pool until it ends: the worker hears nothing more. */
  | ({
      readonly kind: "join";
      readonly pool: number;
      readonly thread: number;
      readonly stackTop: number;
    } & Start)
  | {
      readonly kind: "run";
      readonly width: number;
      readonly height: number;
      readonly values: number;
      readonly maxMemoryBytes: number;
      readonly scratchFolder: string | null;
      /** Its value is not 0 once the run is to end; undefined where memory cannot be shared. */
      readonly abort: SharedArrayBuffer | undefined;
    }
  /** The answer to `pull`. */
  | { readonly kind: "piece"; readonly data: Float32Array<ArrayBuffer> }
  /** The answer to `push`: ready for the next piece. */
  | { readonly kind: "taken" }
  | ({
      readonly kind: "peak";
      readonly isa: string;
      readonly precision: Precision;
      readonly milliseconds: number;
    } & Start);

export type Reply =
  /** The pool is there for the other workers. */
  | { readonly kind: "pool"; readonly pool: number; readonly stackTops: readonly number[] }
  | { readonly kind: "planned"; readonly isa: string }
  /** Wants values of the input; `count` are left, a piece may be shorter. */
  | { readonly kind: "pull"; readonly offset: number; readonly count: number }
  | { readonly kind: "push"; readonly offset: number; readonly data: Float32Array<ArrayBuffer> }
  | { readonly kind: "progress"; readonly fraction: number }
  | { readonly kind: "ended"; readonly ending: Ending }
  | { readonly kind: "peak"; readonly gflops: number }
  | { readonly kind: "failed"; readonly message: string };

/** What a worker of Node's says first; for nodePlatform.ts alone. */
export const LOADED = "loaded";

/** 16 MiB: copied in a few milliseconds. */
export const PIECE_VALUES: number = 2 ** 22;
