/** A network with its weights and their metadata, from which a restorer is made. */

import type { WeightMap } from "../graph/WeightMap.ts";
import type { Network } from "../models/Architecture.ts";

/** The origin and purpose of weights, kept in model.json's `userDefinedMetadata`. */
export interface WeightsMetadata {
  /** The task that they were trained for, e.g. `denoise`; null if unknown. */
  readonly task: string | null;
  /** The licence's SPDX identifier; null if unknown. */
  readonly license: string | null;
  /** The training data, in a sentence; null if unknown. */
  readonly training: string | null;
  /** True if they are meant to be used with TLC. */
  readonly tlc: boolean;
  /** The checkpoint that they were converted from. */
  readonly source: {
    /** Its file's name, without the folder; null if unknown. */
    readonly file: string | null;
    /** The file's SHA-256 in lower-case hexadecimal digits. */
    readonly sha256: string;
  };
}

/** Weights in memory. */
export interface Weights {
  readonly network: Network;
  readonly tensors: WeightMap;
  readonly metadata: WeightsMetadata;
}
