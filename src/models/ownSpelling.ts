import type { StateDictShapes } from "./Architecture.ts";

/** Characters of a key that is looked into; the longest real ones have some 60. */
const MAX_KEY_LENGTH = 1024;

/** A state_dict whose keys are spelled as the architecture has them. */
export interface OwnSpelling {
  readonly shapes: StateDictShapes;
  /** The checkpoint's own key of each. */
  readonly keys: ReadonlyMap<string, string>;
  /** Modules that are there in both spellings, e.g. `mdfa beside mdta`: no program writes that. */
  readonly mixed: readonly string[];
}

/** Spells keys as the architecture does, module by module; see `Architecture.otherSpellings`. */
export function ownSpelling(
  checkpoint: StateDictShapes,
  otherSpellings: ReadonlyMap<string, string>,
): OwnSpelling {
  const shapes = new Map<string, { readonly shape: readonly number[] }>();
  const keys = new Map<string, string>();
  const modules = new Set<string>();
  for (const [key, tensor] of checkpoint) {
    const path = modulesOf(key);
    for (const name of path) modules.add(name);
    const own = spelledPath(path, otherSpellings).join(".");
    shapes.set(own, tensor);
    keys.set(own, key);
  }
  const mixed = [...otherSpellings]
    .filter(([other, own]) => modules.has(other) && modules.has(own))
    .map(([other, own]) => `${other} beside ${own}`);
  return { shapes, keys, mixed };
}

/** The names of a key's modules and its parameter; of a key that is too long for one, the key itself. */
export function modulesOf(key: string): string[] {
  return key.length > MAX_KEY_LENGTH ? [key] : key.split(".");
}

/** A key's modules as the architecture spells them. */
export function spelledPath(
  path: readonly string[],
  otherSpellings: ReadonlyMap<string, string>,
): string[] {
  return path.map((name) => otherSpellings.get(name) ?? name);
}
