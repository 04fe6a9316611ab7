/** What an engine is: it compiles a network with its weights into a plan, which runs pictures of any size. */

import type { Network } from "../models/Network.ts";
import type { WeightMap } from "../weights/WeightMap.ts";

/** A picture as the network sees it: values 0–1, rows top to bottom, channels interleaved. */
export interface FloatImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** height · width · channels values. */
  readonly data: Float32Array;
}

/** Options of {@link Engine.compile}. */
export interface CompileOptions {
  /** TLC's window in pixels at the first level; null: means over the whole picture. */
  readonly tlcBase: number | null;
}

/** Options of {@link Plan.run}. */
export interface RunOptions {
  /** Called with the fraction that is done, 0–1, never decreasing; what it throws ends the run. */
  readonly onProgress?: (fraction: number) => void;
  /** Stops the run at the next opportunity. */
  readonly signal?: AbortSignal | undefined;
}

/** What a run is going to need. */
export interface Estimate {
  /** Most bytes of memory held at a time. */
  readonly memoryBytes: number;
  /** The bytes that the engine may use; Infinity where it cannot be known. */
  readonly limitBytes: number;
}

/** A network and its weights, ready to run on an engine. */
export interface Plan {
  /** The engine and what it runs on, e.g. `tfjs (wasm)`. */
  readonly engine: string;
  estimate(width: number, height: number): Estimate;
  /**
   * @param image `channels` of the network; stays the caller's
   * @returns the same size; values are not clamped
   * @throws NafnetError `MEMORY_LIMIT` before anything is run, `ABORTED`, `ENGINE_FAILED`
   */
  run(image: FloatImage, options?: RunOptions): Promise<FloatImage>;
  /** Frees the weights; the plan cannot run after it. */
  dispose(): void;
}

/** One way to run networks. */
export interface Engine {
  readonly name: EngineName;
  /** What it runs on, for people, e.g. `backend wasm`. */
  readonly detail: string;
  /** Faster parts that are not used and why, by name. */
  readonly skipped: ReadonlyMap<string, string>;
  /**
   * @param weights every parameter of the network; not held after compiling
   * @returns a plan, which the caller disposes
   * @throws NafnetError `INVALID_ARGUMENT` for a weight that is missing or of another size
   */
  compile(network: Network, weights: WeightMap, options: CompileOptions): Promise<Plan>;
}

/** The engines that there are, the fastest first: the order in which they are tried. */
export const ENGINE_NAMES = ["tfjs"] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];
