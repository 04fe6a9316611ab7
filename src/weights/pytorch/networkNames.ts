/**
 * The names under which training programs put a network, in dicts and as prefixes of keys: `params_ema`,
 * `net_g`, `model_state_dict`, `module`.
 */

import { MAX_WRAPPER_LENGTH } from "./checkpointLimits.ts";

/** Names of averaged weights, which are better than those that they were averaged from. */
const AVERAGED = /^(?:ema|swa|avg|averaged?|average|shadow)\d*$/;

/** Names of an optimizer's state, which may have the network's keys and shapes, and is no network. */
const OPTIMIZERS = /^(?:optim\w*|exp|grads?|gradients?|momentum|scheduler\w*)$/;

/** Words that say of anything that it is weights. */
const FILLERS = /^(?:params?|state|dict|weights?)$/;

/** Names of the network itself without those words, the likeliest first: of a GAN, the generator. */
const NETWORKS: readonly string[] = [
  ...["", "model", "network", "net", "netg", "generator", "gen", "g"],
  ...["module", "origmod"], // DataParallel's, and torch.compile's _orig_mod
];

/** How likely it is that somebody means the network that is at a place. */
export interface Likelihood {
  readonly averaged: boolean;
  /** Names that are not known to be a network's. */
  readonly unknownNames: number;
  /** Place of the first known name among the likely ones. */
  readonly order: number;
}

/** Judges a place by its names, e.g. `["state_dict", "net_g_ema"]`. */
export function likelihoodOf(names: readonly string[]): Likelihood {
  const words = names.map(wordsOf);
  const orders = words.map((name) => NETWORKS.indexOf(name.filter(isTelling).join("")));
  return {
    averaged: words.some((name) => name.some((word) => AVERAGED.test(word))),
    unknownNames: orders.filter((order) => order < 0).length,
    order: orders.find((order) => order >= 0) ?? 0,
  };
}

/** Compares for a sort, the likeliest first; it leaves equals in the file's own order. */
export function byLikelihood(a: Likelihood, b: Likelihood): number {
  return (
    Number(b.averaged) - Number(a.averaged) || a.unknownNames - b.unknownNames || a.order - b.order
  );
}

/** Whether something is an optimizer's state, a scheduler's or the like, by its name. */
export function isOptimizerName(name: string): boolean {
  return wordsOf(name).some((word) => OPTIMIZERS.test(word));
}

function isTelling(word: string): boolean {
  return !AVERAGED.test(word) && !FILLERS.test(word);
}

/** `netG_ema` → net, g, ema. */
function wordsOf(name: string): string[] {
  return name
    .slice(0, MAX_WRAPPER_LENGTH)
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}
