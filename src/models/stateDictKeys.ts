/** Configurations from the keys and shapes of a state_dict. */

import type { StateDictShapes } from "./Architecture.ts";

/** The size of a tensor along an axis; undefined if there is no such tensor. */
export function dimension(shapes: StateDictShapes, key: string, axis: number): number | undefined {
  return shapes.get(key)?.shape[axis];
}

/** The indices that the pattern's first group finds in the keys. */
export function indices(shapes: StateDictShapes, pattern: RegExp): Set<number> {
  const found = new Set<number>();
  for (const key of shapes.keys()) {
    const index = pattern.exec(key)?.[1];
    if (index !== undefined) found.add(Number(index));
  }
  return found;
}

/**
 * The length of a module list with these indices: the highest tells it, so that a lost block is named as
 * missing. A hostile index (`middle_blks.999999999.beta`) must not become that many blocks and is left over.
 */
export function lengthOf(found: ReadonlySet<number>): number {
  const highest = [...found].reduce((a, b) => Math.max(a, b), -1);
  return highest < 2 * found.size ? highest + 1 : firstGap(found);
}

/** The smallest index that is not there. */
export function firstGap(found: ReadonlySet<number>): number {
  let gap = 0;
  while (found.has(gap)) gap++;
  return gap;
}
