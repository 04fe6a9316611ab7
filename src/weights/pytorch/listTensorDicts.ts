import { MAX_WRAPPER_LENGTH, MAX_WRAPPERS } from "./checkpointLimits.ts";
import { isOptimizerName } from "./networkNames.ts";
import { PickleDict, TensorRef } from "./PickleValue.ts";

/** A dict of a checkpoint that has tensors. */
export interface TensorDict {
  readonly dict: PickleDict;
  /** The keys that lead to it; none for the file's own dict. */
  readonly path: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/**
 * Lists the dicts of tensors in a checkpoint, outer ones first, each once: dicts may hold each other.
 * Optimizers' state is left out.
 */
export function listTensorDicts(root: PickleDict): TensorDict[] {
  const found: TensorDict[] = [];
  const seen = new Set<PickleDict>([root]);
  let level: Array<Pick<TensorDict, "dict" | "path">> = [{ dict: root, path: [] }];
  for (let depth = 0; level.length > 0 && depth <= MAX_WRAPPERS; depth += 1) {
    const next: typeof level = [];
    for (const { dict, path } of level) {
      const tensors = tensorsOf(dict);
      if (tensors.size > 0) found.push({ dict, path, tensors });
      for (const [key, value] of dict.entries) {
        if (!(value instanceof PickleDict) || typeof key !== "string") continue;
        if (seen.has(value) || key.length > MAX_WRAPPER_LENGTH || isOptimizerName(key)) continue;
        seen.add(value);
        next.push({ dict: value, path: [...path, key] });
      }
    }
    level = next;
  }
  return found;
}

function tensorsOf(dict: PickleDict): Map<string, TensorRef> {
  const tensors = new Map<string, TensorRef>();
  for (const [key, value] of dict.entries) {
    if (typeof key === "string" && value instanceof TensorRef) tensors.set(key, value);
  }
  return tensors;
}
