/** The dict of a checkpoint that holds the weights, and its keys without prefixes. */

import { listNames, quoteName } from "../../base/untrustedNames.ts";
import { isCounter } from "../../models/registry.ts";
import { corruptCheckpoint, unsupportedCheckpoint } from "./checkpointErrors.ts";
import { MAX_PREFIXES, MAX_TENSORS } from "./checkpointLimits.ts";
import { findNetwork, type NetworkPlace, placeText } from "./findNetwork.ts";
import { listTensorDicts, type TensorDict } from "./listTensorDicts.ts";
import { byLikelihood, likelihoodOf } from "./networkNames.ts";
import type { PickleValue } from "./PickleValue.ts";
import { PickleDict, PickleList, PickleTuple, TensorRef, typeNameOf } from "./PickleValue.ts";

/** Prefixes that DataParallel and torch.compile put in front of every key. */
const PREFIXES = ["module.", "_orig_mod."] as const;

/** The weights of a checkpoint, not yet checked. */
export interface FoundStateDict {
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The keys that lead to them, joined by dots, or `undefined` where the whole file is the dict. */
  readonly wrapper: string | undefined;
  /** The prefix that was taken off every key, e.g. `module.`. */
  readonly prefix: string;
  /** Wrapper and prefix for messages; empty where there are none. */
  readonly place: string;
  /** Keys beside the weights: of the dicts around them, and `wrapper.key` for values that are no tensors. */
  readonly otherKeys: readonly string[];
  /** Keys of tensors in the same dict that are not the network's. */
  readonly leftOut: readonly string[];
  /** Sentences for the user about other networks in the file. */
  readonly warnings: readonly string[];
}

/**
 * Finds the weights in a checkpoint: those of a network that is known, wherever they are, or else a dict of
 * tensors at a usual place.
 *
 * @param countOf reads a tensor of one number
 * @throws NafnetError CHECKPOINT_UNSUPPORTED if there is none; the message lists the keys that there are
 */
export async function findStateDict(
  root: PickleValue,
  countOf: (tensor: TensorRef) => Promise<number>,
): Promise<FoundStateDict> {
  if (!(root instanceof PickleDict)) {
    const items = root instanceof PickleList || root instanceof PickleTuple ? root.items : [];
    const index = items.findIndex((item) => tensorCount(item) > 0);
    const weights = index < 0 ? "model.state_dict()" : `torch.load(path)[${index}]`;
    throw unsupportedCheckpoint(
      `Expected a dict of tensors, but the file holds a ${typeNameOf(root)}. Save the weights alone in Python: torch.save(${weights}, "weights.pth").`,
    );
  }
  const dicts = listTensorDicts(root);
  const found = await findNetwork(dicts, countOf);
  const network = found ?? withoutPrefix(usualStateDict(root, dicts));
  const { source, prefix, tensors } = network;
  if (tensors.size > MAX_TENSORS) {
    throw unsupportedCheckpoint(
      `Expected at most ${MAX_TENSORS} tensors, but found ${tensors.size}.`,
    );
  }
  const { path } = source;
  return {
    ...{ tensors, prefix },
    wrapper: path.length === 0 ? undefined : path.join("."),
    place: path.length === 0 && prefix === "" ? "" : placeText(network),
    otherKeys: [...keysAround(root, path), ...keysWithin(source)],
    leftOut: keysBeside(network, found?.others ?? []),
    warnings: found?.warnings ?? [],
  };
}

/** The likeliest dict by its name, or else the root itself, unless a dict in it has more tensors. */
function usualStateDict(root: PickleDict, dicts: readonly TensorDict[]): TensorDict {
  const [usual] = dicts
    .map((source) => ({ source, likelihood: likelihoodOf(source.path) }))
    .filter(({ source, likelihood }) => source.path.length > 0 && likelihood.unknownNames === 0)
    .sort((a, b) => byLikelihood(a.likelihood, b.likelihood));
  if (usual !== undefined) return usual.source;
  const largest = dicts.reduce<TensorDict | undefined>(
    (a, b) => (a !== undefined && a.tensors.size >= b.tensors.size ? a : b),
    undefined,
  );
  if (largest?.dict === root) return largest;
  const found = describeEntries(root);
  if (largest !== undefined) {
    const path = largest.path.map((key) => `[${quoteName(key)}]`).join("");
    throw unsupportedCheckpoint(
      `Expected the weights at the top or under a key such as "params", "state_dict" or "net_g", but found: ${found}. If ${largest.path.map(quoteName).join(" → ")} is what you want, save it alone in Python: torch.save(checkpoint${path}, "weights.pth").`,
    );
  }
  throw unsupportedCheckpoint(
    `Expected a dict of tensors at the top or under a key such as "params", "state_dict" or "net_g", but found: ${found}. Save the weights alone in Python: torch.save(model.state_dict(), "weights.pth").`,
  );
}

/** Keys of the dicts around the one at `path`. */
function keysAround(root: PickleDict, path: readonly string[]): string[] {
  const keys: string[] = [];
  let dict: PickleValue | undefined = root;
  for (const [depth, step] of path.entries()) {
    if (!(dict instanceof PickleDict)) break;
    for (const key of dict.entries.keys()) {
      if (key !== step) keys.push([...path.slice(0, depth), keyText(key)].join("."));
    }
    dict = dict.entries.get(step);
  }
  return keys;
}

/** Keys of values in the dict itself that are no tensors. */
function keysWithin({ dict, path }: TensorDict): string[] {
  return [...dict.entries]
    .filter(([key, value]) => typeof key !== "string" || !(value instanceof TensorRef))
    .map(([key]) => [...path, keyText(key)].join("."));
}

/** Keys of tensors in the dict itself that belong neither to the network nor to another one. */
function keysBeside(
  { source, prefix, tensors }: NetworkPlace,
  others: readonly NetworkPlace[],
): string[] {
  const networks = others.filter((other) => other.source === source);
  const isInside = (key: string, place: Pick<NetworkPlace, "prefix" | "tensors">) =>
    key.startsWith(place.prefix) && place.tensors.has(key.slice(place.prefix.length));
  return [...source.tensors.keys()].filter(
    (key) =>
      !isInside(key, { prefix, tensors }) && !networks.some((network) => isInside(key, network)),
  );
}

function describeEntries(dict: PickleDict): string {
  if (dict.entries.size === 0) return "an empty dict";
  const texts: string[] = [];
  for (const [key, value] of dict.entries) {
    const tensors = tensorCount(value);
    const type = tensors > 0 ? `dict of ${tensors} tensors` : typeNameOf(value);
    texts.push(`${typeof key === "string" ? quoteName(key) : keyText(key)}: ${type}`);
  }
  return listNames(texts);
}

function tensorCount(value: PickleValue): number {
  if (!(value instanceof PickleDict)) return 0;
  return [...value.entries.values()].filter((item) => item instanceof TensorRef).length;
}

function keyText(key: PickleValue): string {
  if (typeof key === "string") return key;
  return typeof key === "number" ? String(key) : `<${typeNameOf(key)}>`;
}

/** The tensors with every prefix taken off that all keys have, but for counters. */
function withoutPrefix(source: TensorDict): NetworkPlace {
  const keys = [...source.tensors.keys()].filter((key) => !isCounter(key));
  let prefix = "";
  for (let taken = 0; taken < MAX_PREFIXES && keys.length > 0; taken += 1) {
    const next = PREFIXES.map((candidate) => prefix + candidate).find((candidate) =>
      keys.every((key) => key.startsWith(candidate)),
    );
    if (next === undefined) break;
    prefix = next;
  }
  if (source.tensors.has(prefix) && prefix !== "") {
    throw corruptCheckpoint(
      `Tensor ${quoteName(prefix)} has no name behind the prefix ${quoteName(prefix)}.`,
    );
  }
  const tensors = new Map<string, TensorRef>();
  for (const [key, ref] of source.tensors) {
    if (key.startsWith(prefix)) tensors.set(key.slice(prefix.length), ref);
  }
  return { source, prefix, tensors };
}
