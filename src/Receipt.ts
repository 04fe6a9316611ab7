/** What was done to make a picture: of a restored image, and of each picture in the command's --json. */

import type { EngineName } from "./engine/Engine.ts";
import type { Precision } from "./engine/EngineOptions.ts";
import type { WeightsMetadata } from "./weights/Weights.ts";

/** How a picture was made; plain data, which JSON keeps. */
export interface Receipt {
  /** Which engine ran. */
  readonly engine: EngineName;
  /** The engine and what it ran on, for people, e.g. `native (avx512)`, `tfjs (wasm)`. */
  readonly ranOn: string;
  /** The instruction set; null on tfjs. */
  readonly isa: string | null;
  /** Threads at work; null on tfjs, whose backend has its own. */
  readonly threads: number | null;
  /** How numbers were multiplied. */
  readonly precision: Precision;
  /** Faster engines, or faster parts of this one, and why they were not used, by name. */
  readonly skipped: Readonly<Record<string, string>>;
  /** The checkpoint that the weights came from. */
  readonly weights: WeightsMetadata["source"];
  /** Time of the network alone, without reading and writing. */
  readonly elapsedMs: number;
  /** Most bytes that the network's run held at a time, its input and output among them; null on tfjs. */
  readonly peakMemoryBytes: number | null;
  /** Bytes of scratch file. */
  readonly scratchBytes: number;
  /** Bands of rows that the picture was worked on in; 1: all at once. */
  readonly strips: number;
}
