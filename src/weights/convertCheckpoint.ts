/** A PyTorch checkpoint to weights: the architecture by its keys, kernels in our layout. */

import { NafnetError } from "../base/errors.ts";
import { fromPytorchLayout } from "../graph/pytorchLayout.ts";
import type { WeightTensor } from "../graph/WeightMap.ts";
import { identifyCheckpoint } from "./identifyCheckpoint.ts";
import { KNOWN_CHECKPOINTS } from "./knownCheckpoints.ts";
import type { Checkpoint } from "./pytorch/readCheckpoint.ts";
import type { Weights, WeightsMetadata } from "./Weights.ts";

/** Converted weights, and warnings about tensors that they leave out. */
export interface Converted {
  readonly weights: Weights;
  /** Sentences about tensors that were left out, and about the choice between several networks. */
  readonly warnings: readonly string[];
}

/**
 * Converts a checkpoint.
 *
 * @param file the checkpoint's name, for messages and metadata
 * @param known metadata that goes before that of a published checkpoint
 * @throws NafnetError `MODEL_UNSUPPORTED` for an unknown architecture, `CHECKPOINT_CORRUPT` for weights
 *   that are not finite
 */
export function convertCheckpoint(
  checkpoint: Checkpoint,
  file: string | null,
  known: Partial<WeightsMetadata> = {},
): Converted {
  const { stateDict, sha256 } = checkpoint;
  const { network, keys, warnings } = identifyCheckpoint(checkpoint);
  const tensors = new Map<string, WeightTensor>();
  for (const parameter of network.parameters) {
    const tensor = stateDict.get(keys.get(parameter.pytorchName) ?? "");
    if (tensor === undefined)
      throw new Error(`identify() accepted a checkpoint without ${parameter.pytorchName}.`);
    const values = tensor.toFloat32();
    if (!values.every(Number.isFinite)) {
      throw new NafnetError(
        "CHECKPOINT_CORRUPT",
        `Expected finite weights in ${file ?? "the checkpoint"} but ${parameter.pytorchName} holds NaN or infinity; its training may have diverged.`,
      );
    }
    tensors.set(parameter.name, {
      shape: parameter.shape,
      data: fromPytorchLayout(parameter, values),
    });
  }
  const metadata: WeightsMetadata = {
    task: null,
    license: null,
    training: null,
    tlc: false,
    ...KNOWN_CHECKPOINTS.get(sha256),
    ...known,
    source: { file, sha256 },
  };
  return { weights: { network, tensors, metadata }, warnings };
}
