import type { Check } from "./Check.ts";

/** A safer way of making a result, taken because a check had failed. */
export interface Retry {
  /** `tlc off`: the network ran again with means over the whole picture; `blend`: mixed with the input. */
  readonly way: "tlc off" | "blend";
  /** The result's share in a blend. */
  readonly strength: number | null;
  /** The checks that had failed before. */
  readonly failed: readonly Check[];
}
