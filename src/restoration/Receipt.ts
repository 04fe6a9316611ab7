/** The record of how a result was made. */

import type { EngineName } from "../engine/Engine.ts";
import type { Precision } from "../engine/EngineOptions.ts";
import type { WeightsMetadata } from "../weights/Weights.ts";
import type { Adjusted } from "./adjust.ts";
import type { Analysis } from "./analysis/Analysis.ts";
import type { Check } from "./checks/Check.ts";
import type { Retry } from "./checks/Retry.ts";
import type { Task } from "./tasks.ts";

/**
 * The record of how a picture was made: of a restored image, and of each picture in the command's --json. Plain
 * JSON. Where "auto" found nothing to do, no network ran: the fields about one are null.
 */
export interface Receipt {
  /** This package's version. */
  readonly version: string;
  /** The task that was done; null: none. */
  readonly task: Task | null;
  /** Measurements that `"auto"` chose by; null where the task was given. */
  readonly analysis: Analysis | null;
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** The engine that ran. */
  readonly engine: EngineName | null;
  /** The engine and what it ran on, for people, e.g. `native (avx512)`, `tfjs (wasm)`. */
  readonly ranOn: string | null;
  /** The instruction set; null on tfjs. */
  readonly isa: string | null;
  /** Threads at work; null on tfjs, whose backend has its own. */
  readonly threads: number | null;
  /** Precision of multiplications. */
  readonly precision: Precision | null;
  /** Faster engines, or faster parts of this one, and why they were not used, by name. */
  readonly skipped: Readonly<Record<string, string>>;
  /** The checkpoint that the weights came from: its file's name, if known, and SHA-256. */
  readonly weights: WeightsMetadata["source"] | null;
  /** What was left out of the checkpoint, and which of its networks was taken; only where there is something. */
  readonly weightsWarnings?: readonly string[];
  /** Whether means were local (TLC) in what was returned. */
  readonly tlc: boolean | null;
  /** Time of the network alone, of all its runs, without reading and writing. */
  readonly elapsedMs: number;
  /** Most bytes that the network's run held at a time, its input and output among them; null on tfjs. */
  readonly peakMemoryBytes: number | null;
  /** Bytes of scratch file. */
  readonly scratchBytes: number;
  /** Bands of rows that the picture was worked on in; 1: all at once, 0: no network ran. */
  readonly strips: number;
  /** The checks of the result, before adjustments; all of them have passed. */
  readonly checks: readonly Check[];
  /** The safer ways that were taken because a check failed, in their order. */
  readonly retries: readonly Retry[];
  /** Strength and detail that were asked for. */
  readonly adjustments: Adjusted;
}
