/** The check of results: none overwrites an input or another one, or leaves its folder, by links or letter case. */

import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NafnetError } from "../../base/errors.ts";
import { isWithin } from "./isWithin.ts";
import type { Job } from "./Job.ts";

/**
 * @param alsoRead files that are read besides the pictures
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export async function checkOutputs(
  jobs: readonly Job[],
  alsoRead: readonly string[],
): Promise<void> {
  const readPaths = [...jobs.map(({ input }) => input), ...alsoRead];
  const inputs = new Set(readPaths.map((path) => resolve(path)));
  for (const path of readPaths) {
    const file = await identity(path);
    if (file !== undefined) inputs.add(file);
  }
  const realFolders = new Map<string, Promise<string>>();
  const real = (folder: string): Promise<string> => {
    const known = realFolders.get(folder) ?? realPath(folder);
    realFolders.set(folder, known);
    return known;
  };
  const outputs = new Map<string, string>();
  const folded = new Map<string, string>();
  for (const { input, output, root } of jobs) {
    const folder = await real(resolve(dirname(output)));
    const top = await real(resolve(root));
    if (folder !== top && !isWithin(folder, top)) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected results within ${root} but ${output} leads to ${folder}; take the link away, or choose another --output.`,
      );
    }
    const path = join(folder, basename(output));
    // Where letter case makes no difference a.png and A.png are one; so are ways to write an accent.
    const fold = path.normalize("NFC").toLowerCase();
    const alike = folded.get(fold);
    const other = outputs.get(path) ?? (alike && (await ignoresCase(folder)) ? alike : undefined);
    if (other !== undefined) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected different outputs but ${other} and ${input} would both become ${output}; run them apart.`,
      );
    }
    const existing = await identity(output);
    if (inputs.has(path) || inputs.has(resolve(output)) || inputs.has(existing ?? path)) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected an output that is not an input but ${output} would be overwritten; choose another --output or --suffix.`,
      );
    }
    outputs.set(path, input);
    folded.set(fold, input);
  }
}

/** A file's device and number, the same for its links and names in another case; undefined without a file. */
async function identity(path: string): Promise<string | undefined> {
  // As bigint: Windows' file numbers have 64 bits.
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** Whether the file system finds the folder, or what there is of its path, under its name in other letters. */
async function ignoresCase(folder: string): Promise<boolean> {
  const name = basename(folder);
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  const own = await identity(folder);
  if (own !== undefined && other !== name) {
    return own === (await identity(join(dirname(folder), other)));
  }
  return dirname(folder) !== folder && ignoresCase(dirname(folder));
}

/** The path without links, as far as it exists already. */
async function realPath(path: string): Promise<string> {
  const parent = dirname(path);
  return realpath(path).catch(async () =>
    parent === path ? path : join(await realPath(parent), basename(path)),
  );
}
