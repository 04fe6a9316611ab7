/**
 * The journal of a run's finished pictures, beside its results, so that the next run goes on where a killed one
 * was. A line of JSON for each picture, appended once the picture is written; a line that a kill cut off is no line.
 */

import { closeSync, fdatasync, openSync, statSync, writeSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { OWN_PREFIX } from "../../base/temporaryFile.ts";
import { writeFileAtomic } from "../../base/writeFileAtomic.ts";
import type { Job } from "./Job.ts";

const NAME = `${OWN_PREFIX}journal.jsonl`;

const syncData = promisify(fdatasync);

/** A file's state; one that has the same is taken to be unchanged. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A picture that is done. Paths are relative to the journal, so that a folder can be moved. */
interface Entry {
  /** Hash by `optionsFingerprint`. */
  readonly options: string;
  readonly input: string;
  readonly output: string;
  readonly inputStamp: Stamp;
  readonly outputStamp: Stamp;
}

/** A file's stamp; undefined where there is no file. */
export async function stampOf(path: string): Promise<Stamp | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats && { size: stats.size, mtimeMs: stats.mtimeMs };
}

/** Whether a file is the unchanged result of an unfinished run, with whatever options. */
export async function isJournaled(path: string): Promise<boolean> {
  const entries = await readEntries(dirname(path));
  const entry = entries.findLast(({ output }) => resolve(dirname(path), output) === resolve(path));
  return entry !== undefined && isSame(entry.outputStamp, await stampOf(path));
}

/** The journals of a run, one in each folder of results. */
export class Journal {
  private readonly options: string;
  /** Entries by output, the last line of each. */
  private readonly entries: ReadonlyMap<string, Entry>;

  private constructor(options: string, entries: ReadonlyMap<string, Entry>) {
    this.options = options;
    this.entries = entries;
  }

  /** Reads the journals of jobs. @param options hash; lines of runs with other ones do not count */
  static async open(jobs: readonly Job[], options: string): Promise<Journal> {
    const entries = new Map<string, Entry>();
    for (const root of rootsOf(jobs)) {
      for (const entry of await readEntries(root)) entries.set(resolve(root, entry.output), entry);
    }
    return new Journal(options, entries);
  }

  /** Whether the picture was finished with these options and neither it nor its result has changed since. */
  async isDone({ input, output, root }: Job): Promise<boolean> {
    const entry = this.entries.get(resolve(output));
    return (
      entry !== undefined &&
      entry.options === this.options &&
      resolve(root, entry.input) === resolve(input) &&
      isSame(entry.inputStamp, await stampOf(input)) &&
      isSame(entry.outputStamp, await stampOf(output))
    );
  }

  /**
   * Records a picture whose result is written.
   *
   * @param inputStamp from before it was read
   * @throws NafnetError `OUTPUT_FAILED`
   */
  async record({ input, output, root }: Job, inputStamp: Stamp | undefined): Promise<void> {
    // Until the line is there a kill makes this picture be done again, so nothing waits for the event loop,
    // which other pictures may keep busy.
    const stats = statSync(output, { throwIfNoEntry: false });
    if (inputStamp === undefined || stats === undefined) return; // taken away meanwhile
    const entry: Entry = {
      options: this.options,
      input: relative(root, input),
      output: relative(root, output),
      inputStamp,
      outputStamp: { size: stats.size, mtimeMs: stats.mtimeMs },
    };
    await updateFile(root, async (path) => {
      const file = openSync(path, "a");
      try {
        // A line of its own, also behind one that was cut off.
        writeSync(file, `\n${JSON.stringify(entry)}\n`);
        await syncData(file);
      } finally {
        closeSync(file);
      }
    });
  }

  /**
   * Forgets these pictures, since their run has ended well; a journal without any others is removed.
   *
   * @throws NafnetError `OUTPUT_FAILED`
   */
  static async forget(jobs: readonly Job[]): Promise<void> {
    const outputs = new Set(jobs.map(({ output }) => resolve(output)));
    for (const root of rootsOf(jobs)) {
      const entries = await readEntries(root);
      const others = entries.filter(({ output }) => !outputs.has(resolve(root, output)));
      const lines = others.map((entry) => `${JSON.stringify(entry)}\n`);
      await updateFile(root, (path) =>
        others.length === 0
          ? rm(path, { force: true })
          : writeFileAtomic(path, Buffer.from(lines.join(""))),
      );
    }
  }
}

function rootsOf(jobs: readonly Job[]): Set<string> {
  return new Set(jobs.map(({ root }) => resolve(root)));
}

async function updateFile(root: string, update: (path: string) => Promise<void>): Promise<void> {
  const path = join(root, NAME);
  try {
    await update(path);
  } catch (error) {
    throw new NafnetError(
      "OUTPUT_FAILED",
      `${path}: could not be written, so that a run which is killed would start over: ${messageOf(error)}`,
      error,
    );
  }
}

/** The entries of a folder's journal; none if it cannot be read, so that the pictures are restored again. */
async function readEntries(root: string): Promise<Entry[]> {
  const text = await readFile(join(root, NAME), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const entry = parseLine(line);
    return isEntry(entry) ? [entry] : [];
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // empty, or cut off
  }
}

function isEntry(value: unknown): value is Entry {
  const { options, input, output, inputStamp, outputStamp } = Object(value) as Partial<Entry>; // each is looked at
  return (
    [options, input, output].every((text) => typeof text === "string") &&
    [inputStamp, outputStamp].every((stamp) => typeof stamp?.size === "number")
  );
}

function isSame(a: Stamp, b: Stamp | undefined): boolean {
  return a.size === b?.size && a.mtimeMs === b.mtimeMs;
}
