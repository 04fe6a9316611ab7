/** A network with its weights and what is known about them: what a restorer is made from. */

import type { WeightMap } from "../graph/WeightMap.ts";
import type { Network } from "../models/Architecture.ts";

/** What weights are known to be, kept in model.json's `userDefinedMetadata`. */
export interface WeightsMetadata {
  /** What they were trained to do, e.g. `denoise`; null if nobody said. */
  readonly task: string | null;
  /** The licence's SPDX identifier; null if nobody said. */
  readonly license: string | null;
  /** What they were trained on, in a sentence; null if nobody said. */
  readonly training: string | null;
  /** Whether they are meant to be used with TLC. */
  readonly tlc: boolean;
  /** The checkpoint that they were converted from. */
  readonly source: {
    /** Its file's name, without the folder; null if it is not known. */
    readonly file: string | null;
    /** In lower-case hexadecimal digits. */
    readonly sha256: string;
  };
}

/** Weights in memory. */
export interface Weights {
  readonly network: Network;
  readonly tensors: WeightMap;
  readonly metadata: WeightsMetadata;
}
