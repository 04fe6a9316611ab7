/** The files that inputs stand for: names, folders, and patterns that the shell left as they are. */

import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { OWN_PREFIX } from "../../base/temporaryFile.ts";
import { isHidden, isLeftover } from "./leftovers.ts";

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
  /** Files that an input before theirs has found, too. */
  readonly repeated: readonly string[];
  readonly failures: readonly InputFailure[];
}

/** A part of a pattern that begins with a dot: hidden files are meant. */
const HIDDEN = /(?<![^/{,(|])\\?\./;

/** `..` as a part of a pattern, also as a choice of braces or brackets. */
const PARENT = /(?<![^/{,(|])\.\.(?![^/},)|])/;

/**
 * Finds files by name, in folders and their folders, and by patterns such as `*.jpg`. In folders, links to folders are
 * not followed, and hidden files and what systems leave there are passed over. A file that several inputs find, by
 * whatever name or link, is the first one's.
 *
 * @throws NafnetError `INVALID_ARGUMENT` for a pattern that leaves its folder
 */
export async function findInputs(inputs: readonly string[]): Promise<Inputs> {
  const found: FoundFile[] = [];
  const repeated: string[] = [];
  const failures: InputFailure[] = [];
  const earlier = new Set<string>();
  for (const input of inputs) {
    const files = await filesOf(input, failures);
    // Files of one input have names of their own, also where they are links to each other.
    const real =
      inputs.length > 1 ? await Promise.all(files.map(({ path }) => realPath(path))) : [];
    files.forEach((file, i) => {
      if (earlier.has(real[i] ?? "")) repeated.push(file.path);
      else found.push(file);
    });
    for (const path of real) earlier.add(path);
  }
  return { found, repeated, failures };
}

/** The files of one input. */
async function filesOf(input: string, failures: InputFailure[]): Promise<FoundFile[]> {
  // What exists is meant, whatever its name looks like: a[1].png.
  const stats = await stat(input).catch(() => undefined);
  if (stats === undefined) return findByPattern(input, failures);
  if (!stats.isDirectory()) {
    return [{ path: input, by: "name", base: input, relativePath: basename(input) }];
  }
  const paths = await filesIn(input, { depth: Infinity, hidden: false }, failures);
  return paths.map((path) => ({
    ...{ path, by: "folder", base: input },
    relativePath: relative(input, path),
  }));
}

async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path)); // taken away meanwhile
}

async function findByPattern(input: string, failures: InputFailure[]): Promise<FoundFile[]> {
  const { default: picomatch } = await import("picomatch"); // most starts do without
  const { isGlob, base, glob } = picomatch.scan(toPosix(input));
  if (!isGlob) {
    const message = `Expected a picture or a folder but there is no ${input}.`;
    failures.push({ input, error: new NafnetError("INPUT_NOT_FOUND", message) });
    return [];
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
  const failed = failures.length;
  const paths = await filesIn(folder, { depth, hidden: HIDDEN.test(glob) }, failures);
  const found = paths
    .map(
      (path) =>
        ({ path, by: "pattern", base: folder, relativePath: relative(folder, path) }) as const,
    )
    .filter(({ relativePath }) => matches(toPosix(relativePath)));
  if (found.length === 0 && failures.length === failed) {
    const message = `Expected pictures that match ${input} but there are none.`;
    failures.push({ input, error: new NafnetError("INPUT_NOT_FOUND", message) });
  }
  return found;
}

/** A path as patterns write it, with slashes; on Windows backslashes separate too, and escape nothing. */
function toPosix(path: string): string {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}

/** How folders are walked. */
interface Walk {
  /** Levels of folders. */
  readonly depth: number;
  /** Whether hidden files and folders count, but for our own. */
  readonly hidden: boolean;
}

/**
 * The files of a folder and of its folders, sorted, but for what systems leave there. Links to files count; links to
 * folders could loop.
 */
async function filesIn(
  folder: string,
  { depth, hidden }: Walk,
  failures: InputFailure[],
): Promise<string[]> {
  const files: string[] = [];
  const folders = [{ path: folder, depth }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { path: parent, depth: left } = next;
    try {
      for (const entry of await readdir(parent, { withFileTypes: true })) {
        const { name } = entry;
        if (isLeftover(name) || (isHidden(name) && !hidden)) continue;
        const path = join(parent, name);
        if (entry.isDirectory()) {
          if (left > 1) folders.push({ path, depth: left - 1 });
        } else if (!name.startsWith(OWN_PREFIX)) {
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
