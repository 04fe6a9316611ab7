import { modulesOf, spelledPath } from "./ownSpelling.ts";

/** A prefix that keys of an architecture have in a state_dict. */
export interface NetworkPrefix {
  /** The text before the network's own keys: `""`, `net_g.`, `module.model.` */
  readonly prefix: string;
  /** The share of the architecture's signature that lies under it, above a half. */
  readonly share: number;
}

/**
 * Finds the prefixes under which a network may lie, whatever else is in the state_dict: those under which most
 * of the keys are that every checkpoint of the architecture has.
 */
export function networkPrefixes(
  keys: Iterable<string>,
  signature: readonly string[],
  otherSpellings: ReadonlyMap<string, string>,
): NetworkPrefix[] {
  const found = new Map<string, Set<string>>();
  for (const key of keys) {
    const path = modulesOf(key);
    const spelled = spelledPath(path, otherSpellings).join(".");
    for (const wanted of signature) {
      if (spelled !== wanted && !spelled.endsWith(`.${wanted}`)) continue;
      const before = path.slice(0, path.length - wanted.split(".").length);
      const prefix = before.map((name) => `${name}.`).join("");
      found.set(prefix, (found.get(prefix) ?? new Set()).add(wanted));
    }
  }
  return [...found]
    .map(([prefix, wanted]) => ({ prefix, share: wanted.size / signature.length }))
    .filter(({ share }) => share > 0.5);
}
