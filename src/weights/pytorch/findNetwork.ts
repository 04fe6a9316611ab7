/** The networks in a checkpoint, wherever a training program put them, and the one to take. */

import { listNames, quoteName } from "../../base/untrustedNames.ts";
import { isKnownNetwork, possiblePrefixes } from "../../models/registry.ts";
import { MAX_NETWORKS, MAX_TENSORS } from "./checkpointLimits.ts";
import type { TensorDict } from "./listTensorDicts.ts";
import { byLikelihood, isOptimizerName, type Likelihood, likelihoodOf } from "./networkNames.ts";
import type { TensorRef } from "./PickleValue.ts";

/** A part of a checkpoint that is a network of a known architecture, or looks like one. */
export interface NetworkPlace {
  readonly source: TensorDict;
  /** The text before each of its keys. */
  readonly prefix: string;
  /** Its tensors by their keys without the prefix. */
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/** The network to take. */
export interface FoundNetwork extends NetworkPlace {
  /** Other networks in the file. */
  readonly others: readonly NetworkPlace[];
  /** A sentence about the choice, where there was one. */
  readonly warnings: readonly string[];
}

/** A place by its names alone. */
interface Candidate extends Omit<NetworkPlace, "tensors"> {
  readonly share: number;
  readonly likelihood: Likelihood;
}

/**
 * Finds the network in a checkpoint. Of several, averaged weights are taken first, then the likeliest name, then
 * the first in the file.
 *
 * @param countOf reads a counter, of AveragedModel
 * @returns undefined where nothing looks like a known network
 */
export async function findNetwork(
  dicts: readonly TensorDict[],
  countOf: (counter: TensorRef) => Promise<number>,
): Promise<FoundNetwork | undefined> {
  const candidates = inOrder(dicts.flatMap(candidatesIn)).slice(0, MAX_NETWORKS);
  const places = candidates.map((candidate) => withTensors(candidate, candidates));
  const known = places.filter(({ tensors }) => isKnownNetwork(shapesOf(tensors)));
  const counted = known.length < 2 ? known : await withCounters(known, countOf);
  const [taken, ...others] = inOrder(counted);
  if (taken !== undefined) {
    return { ...taken, warnings: others.length === 0 ? [] : [choiceOf(taken, others)], others };
  }
  // The one that comes nearest, so that the difference can be told.
  const [nearest] = places.sort((x, y) => y.share - x.share);
  return nearest && { ...nearest, warnings: [], others: [] };
}

function candidatesIn(source: TensorDict): Candidate[] {
  if (source.tensors.size > MAX_TENSORS) return [];
  return possiblePrefixes([...source.tensors.keys()]).flatMap(({ prefix, share }) => {
    const modules = prefix.split(".").slice(0, -1);
    if (modules.some(isOptimizerName)) return [];
    return [{ source, prefix, share, likelihood: likelihoodOf([...source.path, ...modules]) }];
  });
}

function withTensors(
  candidate: Candidate,
  all: readonly Candidate[],
): Candidate & Pick<NetworkPlace, "tensors"> {
  const { source, prefix } = candidate;
  // A network's copy may lie among its own keys: ema.intro.weight beside intro.weight.
  const inner = all
    .filter((other) => other !== candidate && other.source === source)
    .map((other) => other.prefix)
    .filter((other) => other.startsWith(prefix));
  const tensors = new Map<string, TensorRef>();
  for (const [key, tensor] of source.tensors) {
    if (!key.startsWith(prefix) || inner.some((other) => key.startsWith(other))) continue;
    tensors.set(key.slice(prefix.length), tensor);
  }
  return { ...candidate, tensors };
}

function inOrder<T extends Candidate>(candidates: readonly T[]): T[] {
  return [...candidates].sort((a, b) => byLikelihood(a.likelihood, b.likelihood));
}

/**
 * AveragedModel counts what it has averaged, in n_averaged beside module.*: so it is known under any name, and at
 * 0 it still holds what the training began with.
 */
async function withCounters<T extends Candidate>(
  networks: readonly T[],
  countOf: (counter: TensorRef) => Promise<number>,
): Promise<T[]> {
  return Promise.all(
    networks.map(async (network) => {
      const outer = network.prefix.replace(/(^|\.)module\.$/, "$1");
      const counter = network.source.tensors.get(`${outer}n_averaged`);
      if (counter === undefined || outer === network.prefix) return network;
      const { likelihood } = network;
      return (await countOf(counter)) > 0
        ? { ...network, likelihood: { ...likelihood, averaged: true } }
        : { ...network, likelihood: { ...likelihood, averaged: false, unknownNames: Infinity } };
    }),
  );
}

/** Shapes that have not been checked: those that are none are taken for no dimensions, which fits nothing. */
function shapesOf(tensors: ReadonlyMap<string, TensorRef>): Map<string, { shape: number[] }> {
  const shapes = new Map<string, { shape: number[] }>();
  for (const [key, { shape }] of tensors) {
    const sizes = shape.items.filter((size) => Number.isSafeInteger(size) && Number(size) >= 0);
    shapes.set(key, { shape: sizes.length < shape.items.length ? [] : sizes.map(Number) });
  }
  return shapes;
}

function choiceOf(taken: Candidate, others: readonly Candidate[]): string {
  const kind = taken.likelihood.averaged ? "averaged weights" : "network";
  return `Took the ${kind} ${placeText(taken)} and left what lies ${listNames(others.map(placeText))}.`;
}

/** A place for messages, e.g. `under "state_dict", behind the prefix "net_g."`. */
export function placeText({ source, prefix }: Pick<NetworkPlace, "source" | "prefix">): string {
  const parts = [
    ...(source.path.length === 0 ? [] : [`under ${source.path.map(quoteName).join(" → ")}`]),
    ...(prefix === "" ? [] : [`behind the prefix ${quoteName(prefix)}`]),
  ];
  return parts.length === 0 ? "at the top" : parts.join(", ");
}
