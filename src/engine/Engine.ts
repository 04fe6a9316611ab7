/** The interface of engines: an engine compiles a network with its weights into a plan, which runs pictures of any size. */

import type { Graph } from "../graph/Graph.ts";
import type { WeightMap } from "../graph/WeightMap.ts";
import type { FloatImage } from "../image/FloatImage.ts";
import type { EngineOptions, Precision } from "./EngineOptions.ts";

/** Options of {@link Plan.run}. */
export interface RunOptions {
  /** Called with the fraction that is done, 0–1, never decreasing; what it throws ends the run. */
  readonly onProgress?: (fraction: number) => void;
  /** Stops the run at the next opportunity. */
  readonly signal?: AbortSignal | undefined;
}

/** The needs of a run. */
export interface Estimate {
  /** Most bytes of memory held at a time, the float pictures that go in and come out among them. */
  readonly memoryBytes: number;
  /** The bytes that the engine may use; Infinity where it cannot be known. */
  readonly limitBytes: number;
  /** Bytes of scratch file; 0 where all of it stays in memory. */
  readonly scratchBytes: number;
  /**
   * Time that the network takes, reckoned from this plan's own last runs or else from the speed of the machine;
   * null on tfjs, which has no measure of a machine, before the first run.
   */
  readonly elapsedMs: number | null;
}

/** The time and the memory that a run took, and how it was done. */
interface RunReport {
  /** From the start of the work, without the wait for an earlier run. */
  readonly elapsedMs: number;
  /** Most bytes held at a time, the pictures that go in and come out among them; null: not known. */
  readonly peakMemoryBytes: number | null;
  /** Bytes of scratch file. */
  readonly scratchBytes: number;
  /** Bands of rows in which the picture was worked on; 1: all at once. */
  readonly strips: number;
  /** Whether a value of the result is NaN or infinite. */
  readonly nonFinite: boolean;
}

/** The result of a run: the picture and how it was made. */
export interface RunResult extends FloatImage {
  readonly report: RunReport;
}

/** A network and its weights, ready to run on an engine. */
export interface Plan {
  /** The engine and what it runs on, e.g. `native (avx512)`, `tfjs (wasm)`. */
  readonly engine: string;
  /** The instruction set; null on tfjs. */
  readonly isa: string | null;
  /** Threads at work; null on tfjs, whose backend has its own. */
  readonly threads: number | null;
  readonly precision: Precision;
  /**
   * The needs of a run. The first call may measure the machine, which takes some 20 ms.
   *
   * @throws NafnetError `INPUT_TOO_LARGE`; `ENGINE_FAILED` after {@link Plan.dispose}
   */
  estimate(width: number, height: number): Promise<Estimate>;
  /**
   * Runs of one plan wait for each other in the order of the calls, and for processors where other plans of
   * the process have them; one that is aborted leaves the wait at once.
   *
   * @param image `channels` of the network; stays the caller's, not to be written to meanwhile
   * @returns the same size; values are not clamped
   * @throws NafnetError `MEMORY_LIMIT` and `INPUT_TOO_LARGE` before anything is run, `ABORTED`,
   *   `ENGINE_FAILED`, also after {@link Plan.dispose}
   */
  run(image: FloatImage, options?: RunOptions): Promise<RunResult>;
  /**
   * Frees the weights: at once, or at the end of the runs that were asked for. Later calls of `run` and
   * `estimate` are refused. Doing it again does nothing.
   */
  dispose(): void;
}

/** A way to run networks. */
export interface Engine {
  readonly name: EngineName;
  /** The code or backend that it runs on, for people, e.g. `backend wasm`. */
  readonly detail: string;
  /** Faster engines and faster parts of this one that are not used, and why, by name. */
  readonly skipped: ReadonlyMap<string, string>;
  /** The reason why it cannot work as the options ask; undefined if it can. */
  objection(options: EngineOptions): string | undefined;
  /**
   * Compiles a network.
   *
   * @param graph the network's description, with its TLC windows if it has any
   * @param weights every parameter of the network; not held after compiling
   * @param options to which there is no {@link Engine.objection}
   * @returns a plan, which the caller disposes
   * @throws NafnetError `ENGINE_UNAVAILABLE` where there is an objection, `INVALID_ARGUMENT` for a weight
   *   that is missing or of another size, `ENGINE_FAILED`
   */
  compile(graph: Graph, weights: WeightMap, options?: EngineOptions): Promise<Plan>;
}

/** The engines, the fastest first: the order in which they are tried. */
export const ENGINE_NAMES = ["native", "wasm", "tfjs"] as const;

/** An engine's name: `native` and `wasm` are the fused engine, `tfjs` runs on TensorFlow.js. */
export type EngineName = (typeof ENGINE_NAMES)[number];
