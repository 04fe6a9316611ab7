/**
 * Reading PyTorch checkpoints without Python: `.pth`, `.pt`, `.ckpt`, as `torch.save` writes them, and
 * `.safetensors`.
 *
 * The file is hostile until proven otherwise: nothing in it is executed, every size is checked
 * against the file before anything is allocated, and everything that the file's size does not bound has a
 * named limit in checkpointLimits.ts.
 */

import { readFile, stat } from "node:fs/promises";
import { invalidArgument, messageOf, NafnetError } from "../../base/errors.ts";
import { sha256 } from "../../base/sha256.ts";
import type { CheckpointTensor } from "./CheckpointTensor.ts";
import { elementCount, makeTensor } from "./CheckpointTensor.ts";
import type { Container } from "./Container.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_CHECKPOINT_BYTES, MAX_SHARED_ELEMENTS } from "./checkpointLimits.ts";
import { detectContainer } from "./detectContainer.ts";
import { findStateDict } from "./findStateDict.ts";
import { openLegacy } from "./openLegacy.ts";
import { openSafetensors } from "./openSafetensors.ts";
import { openZip } from "./openZip.ts";
import type { TensorRef } from "./PickleValue.ts";

export type { CheckpointTensor } from "./CheckpointTensor.ts";
export type { CheckpointDtype } from "./dtypes.ts";

/** The weights in a checkpoint and where they were found. */
export interface Checkpoint {
  /** PyTorch's `zip`, since 1.6, or `legacy`, before; or `safetensors`. */
  readonly container: Container["kind"];
  /** Size of the file. */
  readonly byteLength: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** The tensors in the order of the file, names without `prefix`. */
  readonly stateDict: ReadonlyMap<string, CheckpointTensor>;
  /** The keys that lead to the tensors, e.g. `params` or `model.state_dict`; `undefined` at the top. */
  readonly wrapper: string | undefined;
  /** The prefix that was taken off every name: `""`, `module.`, `net_g.`, `_orig_mod.module.`, … */
  readonly prefix: string;
  /** Wrapper and prefix for messages; empty where there are none. */
  readonly place: string;
  /**
   * Keys that were left out: those beside the wrapper, e.g. `optimizer_state_dict`, and `wrapper.key` for values
   * in the dict that are no tensors.
   */
  readonly otherKeys: readonly string[];
  /** Keys of tensors that lie in the same dict without that prefix, e.g. a loss's. */
  readonly leftOut: readonly string[];
  /** Sentences for the user about the choice between several networks in the file. */
  readonly warnings: readonly string[];
}

const OPEN = { zip: openZip, legacy: openLegacy, safetensors: openSafetensors } as const;

/**
 * Reads a PyTorch checkpoint: zip or legacy format, with or without a wrapper such as `params`; or a safetensors
 * file.
 *
 * Tensors keep their numbers in the file's bytes until `toFloat32` is called.
 *
 * @param source a path, or the file's bytes, which must not change while the result is in use
 * @returns the state dict, checked: reading a tensor cannot fail afterwards
 * @throws NafnetError INPUT_NOT_FOUND, CHECKPOINT_CORRUPT, CHECKPOINT_FORBIDDEN,
 *   CHECKPOINT_UNSUPPORTED, INVALID_ARGUMENT
 * @example
 * const checkpoint = await readCheckpoint("NAFNet-SIDD-width32.pth");
 * const intro = checkpoint.stateDict.get("intro.weight");
 * console.log(intro?.shape, intro?.toFloat32());
 */
export async function readCheckpoint(source: string | Uint8Array): Promise<Checkpoint> {
  if (typeof source !== "string" && !(source instanceof Uint8Array)) {
    throw invalidArgument(
      "source",
      "a path or a Uint8Array",
      source === null ? "null" : typeof source,
    );
  }
  const label = typeof source === "string" ? source : "checkpoint";
  const file = typeof source === "string" ? await readBytes(source) : bufferOver(source);
  try {
    const container = await OPEN[detectContainer(file)](file);
    const { tensors, ...found } = await findStateDict(container.root, (ref) =>
      readCount(ref, container),
    );
    return {
      container: container.kind,
      byteLength: file.length,
      stateDict: await readTensors(tensors, container, file.length),
      sha256: sha256(file),
      ...found,
    };
  } catch (error) {
    // Below this, only bytes are known: the file's name is added here, for all errors.
    if (!(error instanceof NafnetError)) throw error;
    throw new NafnetError(error.code, `${label}: ${error.message}`, error.cause ?? error);
  }
}

/** The number in a tensor of one; 0 in others. */
async function readCount(ref: TensorRef, container: Container): Promise<number> {
  if (elementCount("n_averaged", ref) !== 1) return 0;
  const tensor = makeTensor("n_averaged", ref, await container.storageBytes(ref.storage));
  return tensor.toFloat32()[0] ?? 0;
}

async function readTensors(
  refs: ReadonlyMap<string, TensorRef>,
  container: Container,
  fileBytes: number,
): Promise<Map<string, CheckpointTensor>> {
  const tensors = new Map<string, CheckpointTensor>();
  const mostElements = fileBytes + MAX_SHARED_ELEMENTS;
  let elements = 0;
  for (const [name, ref] of refs) {
    elements += elementCount(name, ref);
    if (elements > mostElements) {
      throw corruptCheckpoint(
        `Expected at most ${mostElements} elements in a file of ${fileBytes} bytes, but its tensors share or repeat so many that they have more.`,
      );
    }
    tensors.set(name, makeTensor(name, ref, await container.storageBytes(ref.storage)));
  }
  return tensors;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) {
      const kind = stats.isDirectory() ? "a folder" : "not a regular file";
      throw new NafnetError(
        "INPUT_NOT_FOUND",
        `Expected a checkpoint file, but ${path} is ${kind}.`,
      );
    }
    if (stats.size > MAX_CHECKPOINT_BYTES) {
      throw unsupportedCheckpoint(
        `${path}: Expected a file of at most ${MAX_CHECKPOINT_BYTES} bytes, but it has ${stats.size}. Save the state_dict alone, without the optimizer's state.`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof NafnetError) throw error;
    throw new NafnetError(
      "INPUT_NOT_FOUND",
      `Expected a readable checkpoint at ${path}, but: ${messageOf(error)}`,
      error,
    );
  }
}

/** The same bytes as a Buffer, not copied. */
function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
