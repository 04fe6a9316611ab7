/** Which pictures are to be restored and where each result goes. */

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, parse, relative, resolve, sep } from "node:path";
import { NafnetError } from "../errors.ts";
import {
  extensionOf,
  holds16Bits,
  type OutputFormat,
  outputFormatOf,
  PICTURE,
  writtenExtensions,
} from "../io/formats.ts";
import type { Task } from "../tasks.ts";

/** What the flags say of the files that are written. */
export interface Written {
  /** 16 needs a format that has them: others become PNG. */
  readonly bits?: 8 | 16 | undefined;
  /** @default the input's, PNG for what is not written */
  readonly format?: OutputFormat | undefined;
}

/** One picture to restore. */
export interface Job {
  readonly input: string;
  readonly output: string;
}

/** All that a command line asks for. */
export interface Plan {
  readonly jobs: readonly Job[];
  /** Files in the folders that are not pictures. */
  readonly skipped: readonly string[];
  /** Inputs that do not exist; the others are worked on. */
  readonly missing: readonly string[];
}

/** Where the results go: beside the inputs, into a folder, or into one file. */
type Target =
  | { readonly kind: "beside" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "file"; readonly file: string };

/**
 * Plans a run. A folder's pictures keep their names and places in the output folder, by default
 * `FOLDER-denoised`; a single picture's result is by default `NAME-denoised` beside it.
 *
 * @param written bits and format of the outputs
 * @throws NafnetError `INVALID_ARGUMENT` where two results, or a result and an input, are the same file
 */
export async function planJobs(
  task: Task,
  inputs: readonly string[],
  output: string | undefined,
  written: Written,
  mask?: string,
): Promise<Plan> {
  const target = await chooseTarget(inputs, output);
  const jobs: Job[] = [];
  const skipped: string[] = [];
  const missing: string[] = [];
  for (const input of inputs) {
    const stats = await stat(input).catch(() => undefined);
    if (stats === undefined) {
      missing.push(input);
    } else if (stats.isDirectory()) {
      const folder =
        target.kind === "folder" ? target.folder : `${resolve(input)}-${doneSuffix(task)}`;
      for (const file of await filesIn(input)) {
        // An earlier run's results; a folder that holds the input as well is another matter.
        if (isWithin(folder, input) && isWithin(file, folder)) continue;
        if (!PICTURE.test(file)) skipped.push(file);
        else
          jobs.push({ input: file, output: named(join(folder, relative(input, file)), written) });
      }
    } else {
      jobs.push({ input, output: outputFor(input, target, task, written) });
    }
  }
  refuseCollisions(jobs, mask === undefined ? [] : [mask]);
  return { jobs, skipped, missing };
}

async function chooseTarget(
  inputs: readonly string[],
  output: string | undefined,
): Promise<Target> {
  if (output === undefined) return { kind: "beside" };
  const existing = await stat(output).catch(() => undefined);
  const isFolder = existing?.isDirectory() ?? /[/\\]$/.test(output);
  if (isFolder || !extname(output)) return { kind: "folder", folder: output };
  const [only, second] = inputs;
  const single = only !== undefined && second === undefined;
  if (!single || (await stat(only).catch(() => undefined))?.isDirectory()) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a folder for --output, as there is more than one picture, but received the file ${output}.`,
    );
  }
  return { kind: "file", file: output };
}

function outputFor(input: string, target: Target, task: Task, written: Written): string {
  switch (target.kind) {
    case "file":
      checkFile(target.file, written);
      return target.file;
    case "folder":
      return named(join(target.folder, basename(input)), written);
    case "beside": {
      const { name, ext } = parse(input);
      return named(join(dirname(input), `${name}-${doneSuffix(task)}${ext}`), written);
    }
    default:
      return target satisfies never;
  }
}

/** A file that --output names keeps its name, so what is asked for has to go with it. */
function checkFile(file: string, { bits, format = outputFormatOf(file) }: Written): void {
  if (format === undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a folder or a file in ${writtenExtensions()} for --output but received ${file}.`,
    );
  }
  if (bits === 16 && !holds16Bits(format)) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a .png or .tif output for --bits 16 but received ${file}.`,
    );
  }
}

/** The path with an extension that can be written: a picture's own, or that of the format it becomes. */
function named(path: string, { bits, format }: Written): string {
  const own = outputFormatOf(path);
  const wanted = format ?? own ?? "png";
  const written = bits === 16 && !holds16Bits(wanted) ? "png" : wanted;
  if (written === own) return path;
  const { dir, name } = parse(path);
  return join(dir, `${name}${extensionOf(written)}`);
}

/** `denoised`, `deblurred`, `inpainted`. */
export function doneSuffix(task: Task): string {
  switch (task) {
    case "denoise":
      return "denoised";
    case "deblur":
      return "deblurred";
    case "inpaint":
      return "inpainted";
    default:
      return task satisfies never;
  }
}

/** All files of a folder and its folders, sorted; links to files count, links to folders could loop. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const isFile = entry.isSymbolicLink() ? await leadsToFile(path) : entry.isFile();
    if (isFile) files.push(path);
  }
  return files.sort();
}

async function leadsToFile(link: string): Promise<boolean> {
  const stats = await stat(link).catch(() => undefined); // a dangling link is no picture
  return stats?.isFile() ?? false;
}

function isWithin(file: string, folder: string): boolean {
  return resolve(file).startsWith(resolve(folder) + sep);
}

/** @param alsoRead files that are read besides the pictures */
function refuseCollisions(jobs: readonly Job[], alsoRead: readonly string[]): void {
  const inputs = new Set([...jobs.map(({ input }) => input), ...alsoRead].map((p) => resolve(p)));
  const outputs = new Map<string, string>();
  for (const { input, output } of jobs) {
    const path = resolve(output);
    const other = outputs.get(path);
    if (other !== undefined) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected different outputs but ${other} and ${input} would both become ${output}; run them apart.`,
      );
    }
    if (inputs.has(path)) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected an output that is not an input but ${output} would be overwritten; choose another --output.`,
      );
    }
    outputs.set(path, input);
  }
}
