/** The files that inputs stand for: names, folders, and patterns that the shell left as they are. */

import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { OWN_PREFIX } from "../../base/temporaryFile.ts";

/** A file, and the way that it was found. */
export interface FoundFile {
  readonly path: string;
  readonly by: "name" | "folder" | "pattern";
  /** The folder that was searched: the one named, or a pattern's part before the first wildcard. */
  readonly base: string;
  /** Its path in `base`; for one that was named, its name. */
  readonly relativePath: string;
}

/** An input that cannot be had; the others are worked on. */
export interface InputFailure {
  readonly input: string;
  readonly error: NafnetError;
}

/** The files of a command line. */
export interface Inputs {
  /** Files in the order of the command line, a folder's sorted. */
  readonly found: readonly FoundFile[];
  readonly failures: readonly InputFailure[];
}

/** `..` as a part of a pattern, also as a choice of braces or brackets. */
const PARENT = /(?<![^/{,(|])\.\.(?![^/},)|])/;

/**
 * Finds files by name, in folders and their folders, and by patterns such as `*.jpg`; links to folders are
 * not followed.
 *
 * @throws NafnetError `INVALID_ARGUMENT` for a pattern that leaves its folder
 */
export async function findInputs(inputs: readonly string[]): Promise<Inputs> {
  const found: FoundFile[] = [];
  const failures: InputFailure[] = [];
  for (const input of inputs) {
    // What exists is meant, whatever its name looks like: a[1].png.
    const stats = await stat(input).catch(() => undefined);
    if (stats === undefined) {
      await findByPattern(input, found, failures);
    } else if (stats.isDirectory()) {
      for (const path of await filesIn(input, Infinity, failures)) {
        found.push({ path, by: "folder", base: input, relativePath: relative(input, path) });
      }
    } else {
      found.push({ path: input, by: "name", base: input, relativePath: basename(input) });
    }
  }
  return { found, failures };
}

/** Whether an input is a pattern and no file's or folder's name. */
export async function isPattern(input: string): Promise<boolean> {
  if ((await stat(input).catch(() => undefined)) !== undefined) return false;
  const { default: picomatch } = await import("picomatch");
  return picomatch.scan(toPosix(input)).isGlob;
}

async function findByPattern(
  input: string,
  found: FoundFile[],
  failures: InputFailure[],
): Promise<void> {
  const { default: picomatch } = await import("picomatch"); // most starts do without
  const { isGlob, base, glob } = picomatch.scan(toPosix(input));
  if (!isGlob) {
    const message = `Expected a picture or a folder but there is no ${input}.`;
    failures.push({ input, error: new NafnetError("INPUT_NOT_FOUND", message) });
    return;
  }
  if (PARENT.test(glob)) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected no .. after the first wildcard but received ${input}; the results would leave their folder.`,
    );
  }
  const folder = base === "" ? "." : base.replace(/:$/, ":/"); // C: alone is its current folder
  const matches = picomatch(glob, { nocase: process.platform === "win32" });
  // Without ** a pattern reaches no deeper than it has parts.
  const depth = glob.includes("**") ? Infinity : glob.split("/").length;
  const before = found.length + failures.length;
  for (const path of await filesIn(folder, depth, failures)) {
    const relativePath = relative(folder, path);
    if (matches(toPosix(relativePath)))
      found.push({ path, by: "pattern", base: folder, relativePath });
  }
  if (found.length + failures.length > before) return;
  const message = `Expected pictures that match ${input} but there are none.`;
  failures.push({ input, error: new NafnetError("INPUT_NOT_FOUND", message) });
}

/** A path as patterns write it, with slashes; on Windows backslashes separate too, and escape nothing. */
function toPosix(path: string): string {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}

/**
 * The files of a folder and of its folders, sorted, but for our own. Links to files count; links to
 * folders could loop.
 */
async function filesIn(folder: string, depth: number, failures: InputFailure[]): Promise<string[]> {
  const files: string[] = [];
  const folders = [{ path: folder, depth }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { path: parent, depth: left } = next;
    try {
      for (const entry of await readdir(parent, { withFileTypes: true })) {
        const path = join(parent, entry.name);
        if (entry.isDirectory()) {
          if (left > 1) folders.push({ path, depth: left - 1 });
        } else if (!entry.name.startsWith(OWN_PREFIX)) {
          const isFile = entry.isSymbolicLink() ? await leadsToFile(path) : entry.isFile();
          if (isFile) files.push(path);
        }
      }
    } catch (error) {
      const message = `Expected a folder that can be read but ${parent} is not: ${messageOf(error)}`;
      failures.push({ input: parent, error: new NafnetError("INPUT_NOT_FOUND", message, error) });
    }
  }
  return files.sort();
}

async function leadsToFile(link: string): Promise<boolean> {
  const stats = await stat(link).catch(() => undefined); // a dangling link is no picture
  return stats?.isFile() ?? false;
}
