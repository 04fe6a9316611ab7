/** The dict of a checkpoint that holds the weights, and its keys without prefixes. */

import { listNames, quoteName } from "../../base/untrustedNames.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_PREFIXES, MAX_TENSORS } from "./checkpointLimits.ts";
import type { PickleValue } from "./PickleValue.ts";
import { PickleDict, TensorRef, typeNameOf } from "./PickleValue.ts";

/** Keys under which training programs put the weights; the averaged ones are better where there are both. */
const WRAPPERS = ["params_ema", "params", "state_dict", "model_state_dict", "model"] as const;

/** Prefixes that DataParallel and torch.compile put in front of every key. */
const PREFIXES = ["module.", "_orig_mod."] as const;

/** The weights of a checkpoint, not yet checked. */
export interface FoundStateDict {
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The key that held them, or `undefined` where the whole file is the dict. */
  readonly wrapper: string | undefined;
  /** The prefix that was taken off every key, e.g. `module.`. */
  readonly prefix: string;
  /** Keys beside the weights: other top-level ones, and `wrapper.key` for values that are no tensors. */
  readonly otherKeys: readonly string[];
}

/**
 * Finds the dict of tensors in a checkpoint.
 *
 * @throws NafnetError CHECKPOINT_UNSUPPORTED if there is none; the message lists the keys that there are
 */
export function findStateDict(root: PickleValue): FoundStateDict {
  if (!(root instanceof PickleDict)) {
    throw unsupportedCheckpoint(
      `Expected a dict of tensors, but the file holds a ${typeNameOf(root)}. Save the weights alone in Python: torch.save(model.state_dict(), "weights.pth").`,
    );
  }
  const wrapper = WRAPPERS.find((key) => tensorCount(root.entries.get(key)) > 0);
  const dict = wrapper === undefined ? bareStateDict(root) : root.entries.get(wrapper);
  const otherKeys: string[] = [];
  if (wrapper !== undefined) {
    for (const key of root.entries.keys()) if (key !== wrapper) otherKeys.push(keyText(key));
  }
  const tensors = new Map<string, TensorRef>();
  for (const [key, value] of dict instanceof PickleDict ? dict.entries : []) {
    if (typeof key === "string" && value instanceof TensorRef) tensors.set(key, value);
    else otherKeys.push(wrapper === undefined ? keyText(key) : `${wrapper}.${keyText(key)}`);
  }
  if (tensors.size > MAX_TENSORS) {
    throw unsupportedCheckpoint(
      `Expected at most ${MAX_TENSORS} tensors, but found ${tensors.size}.`,
    );
  }
  return { ...withoutPrefix(tensors), wrapper, otherKeys };
}

/** The root itself, unless a dict in it, under an unknown key, has more tensors. */
function bareStateDict(root: PickleDict): PickleDict {
  const own = tensorCount(root);
  for (const [key, value] of root.entries) {
    if (tensorCount(value) > own) {
      throw unsupportedCheckpoint(
        `Expected the weights under ${listNames([...WRAPPERS])} or at the top, but found: ${describeEntries(root)}. Save the one you want alone in Python: torch.save(checkpoint[${shownKey(key)}], "weights.pth").`,
      );
    }
  }
  if (own > 0) return root;
  throw unsupportedCheckpoint(
    `Expected a dict of tensors at the top or under ${listNames([...WRAPPERS])}, but found: ${describeEntries(root)}. Save the weights alone in Python: torch.save(model.state_dict(), "weights.pth").`,
  );
}

function tensorCount(value: PickleValue | undefined): number {
  if (!(value instanceof PickleDict)) return 0;
  let count = 0;
  for (const [key, item] of value.entries) {
    if (typeof key === "string" && item instanceof TensorRef) count += 1;
  }
  return count;
}

function describeEntries(dict: PickleDict): string {
  if (dict.entries.size === 0) return "an empty dict";
  const texts: string[] = [];
  for (const [key, value] of dict.entries) {
    const tensors = tensorCount(value);
    const type = tensors > 0 ? `dict of ${tensors} tensors` : typeNameOf(value);
    texts.push(`${shownKey(key)}: ${type}`);
  }
  return listNames(texts);
}

/** A key for messages: it is the file's, and may hold anything. */
function shownKey(key: PickleValue): string {
  return typeof key === "string" ? quoteName(key) : keyText(key);
}

function keyText(key: PickleValue): string {
  if (typeof key === "string") return key;
  return typeof key === "number" ? String(key) : `<${typeNameOf(key)}>`;
}

/** The tensors with every prefix taken off that all keys have. */
function withoutPrefix(tensors: ReadonlyMap<string, TensorRef>): {
  tensors: ReadonlyMap<string, TensorRef>;
  prefix: string;
} {
  const keys = [...tensors.keys()];
  let prefix = "";
  for (let taken = 0; taken < MAX_PREFIXES; taken += 1) {
    const next = PREFIXES.map((candidate) => prefix + candidate).find((candidate) =>
      keys.every((key) => key.startsWith(candidate)),
    );
    if (next === undefined) break;
    prefix = next;
  }
  if (prefix === "") return { tensors, prefix };
  if (tensors.has(prefix)) {
    throw corruptCheckpoint(
      `Tensor ${quoteName(prefix)} has no name behind the prefix ${quoteName(prefix)}.`,
    );
  }
  const renamed = new Map<string, TensorRef>();
  for (const [key, ref] of tensors) renamed.set(key.slice(prefix.length), ref);
  return { tensors: renamed, prefix };
}
