import { plainName } from "../base/untrustedNames.ts";
import type { Network } from "../models/Architecture.ts";
import { identify } from "../models/registry.ts";
import type { Checkpoint } from "./pytorch/readCheckpoint.ts";

/** The network in a checkpoint. */
export interface IdentifiedCheckpoint {
  readonly network: Network;
  /** The checkpoint's key of each of the network's, by PyTorch's name. */
  readonly keys: ReadonlyMap<string, string>;
  /** Sentences about tensors that are left out, and about the choice between several networks. */
  readonly warnings: readonly string[];
}

/**
 * Tells which network a checkpoint holds, and what of the checkpoint is not needed.
 *
 * @throws NafnetError `MODEL_UNSUPPORTED`, which names the place that was looked at
 */
export function identifyCheckpoint(checkpoint: Checkpoint): IdentifiedCheckpoint {
  const { stateDict, place, leftOut, warnings } = checkpoint;
  const { network, keys, staleKeys } = identify(stateDict, place);
  return { network, keys, warnings: [...warnings, ...unusedTensors([...staleKeys, ...leftOut])] };
}

function unusedTensors(keys: readonly string[]): string[] {
  const [first] = keys;
  if (first === undefined) return [];
  return keys.length === 1
    ? [`Left out a tensor that the network does not use: ${plainName(first)}.`]
    : [`Left out ${keys.length} tensors that the network does not use, e.g. ${plainName(first)}.`];
}
