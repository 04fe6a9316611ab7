/** Which pictures are to be restored and where each result goes. */

import { stat } from "node:fs/promises";
import { dirname, extname, join, parse, resolve } from "node:path";
import { NafnetError } from "../../base/errors.ts";
import {
  extensionOf,
  formatFor,
  holds16Bits,
  outputFormatOf,
  PICTURE_EXTENSION,
  writtenExtensions,
} from "../../io/formats.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { RestoreFlags } from "../commands/restore.ts";
import { checkOutputs } from "./checkOutputs.ts";
import { type Failure, type Found, findInputs, isPattern } from "./findInputs.ts";
import { isWithin } from "./isWithin.ts";
import { isJournaled } from "./Journal.ts";

/** One picture to restore. */
export interface Job {
  readonly input: string;
  readonly output: string;
  /** The folder of the results that this one is among; no output leaves it. */
  readonly root: string;
}

/** All that a command line asks for. */
export interface Plan {
  readonly jobs: readonly Job[];
  /** Files in the folders that are not pictures. */
  readonly skipped: readonly string[];
  /** Pictures that were found but are results of an earlier run. */
  readonly earlier: readonly string[];
  /** Inputs that cannot be had; the others are worked on. */
  readonly failures: readonly Failure[];
}

/** What of the flags decides on the files. */
type JobFlags = Pick<
  RestoreFlags,
  "output" | "bits" | "format" | "suffix" | "mask" | "skipExisting"
>;

/** Where the results go: beside the inputs, into a folder, or into one file. */
type Target =
  | { readonly kind: "beside" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "file"; readonly file: string };

/**
 * Plans a run. The pictures of a folder or a pattern keep their names and places in the output folder.
 * Without --output a folder's go to `FOLDER-denoised`, each other one to `NAME-denoised` beside it.
 *
 * @throws NafnetError `INVALID_ARGUMENT` where two results, or a result and an input, are the same file,
 *   or a result would be written outside its folder
 */
export async function planJobs(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: JobFlags,
): Promise<Plan> {
  checkSuffix(flags);
  const target = await chooseTarget(inputs, flags.output);
  const { found, failures } = await findInputs(inputs);
  const jobs: Job[] = [];
  const skipped: string[] = [];
  const earlier: string[] = [];
  const results = new Set<string>();
  const candidates: (Job & { readonly by: Found["by"] })[] = [];
  for (const file of found) {
    if (file.by !== "name" && !PICTURE_EXTENSION.test(file.path)) {
      skipped.push(file.path);
      continue;
    }
    const { output, root } = outputFor(file, target, task, flags);
    // A folder of results in the searched one; one that holds the searched one as well is another matter.
    const own = file.by === "folder" || target.kind === "folder";
    if (own && isWithin(root, file.base) && isWithin(file.path, root)) {
      earlier.push(file.path);
      continue;
    }
    results.add(resolve(output));
    candidates.push({ input: file.path, output, root, by: file.by });
  }
  for (const { by, ...job } of candidates) {
    if (
      target.kind === "beside" &&
      results.has(resolve(job.input)) &&
      (await isEarlierResult(job, by, flags))
    ) {
      earlier.push(job.input);
    } else {
      jobs.push(job);
    }
  }
  await checkOutputs(jobs, flags.mask === undefined ? [] : [flags.mask]);
  return { jobs, skipped, earlier, failures };
}

/**
 * Whether a picture that has the name of another one's result is that, and not to be restored once more.
 * One that was found is; one that was named only if nothing is lost by it: where it is known to be ours, or
 * is kept as it is.
 */
async function isEarlierResult(
  { input, output }: Job,
  by: Found["by"],
  { skipExisting }: JobFlags,
): Promise<boolean> {
  if (resolve(input) === resolve(output)) return false; // of an empty suffix
  return by !== "name" || skipExisting === true || isJournaled(input);
}

function checkSuffix({ suffix }: JobFlags): void {
  if (suffix === undefined || !/[/\\\0]/.test(suffix)) return;
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected a --suffix without slashes but received ${JSON.stringify(suffix)}; folders go to --output.`,
  );
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
  const single = only !== undefined && second === undefined && !(await isPattern(only));
  if (!single || (await stat(only).catch(() => undefined))?.isDirectory()) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a folder for --output, as there is more than one picture, but received the file ${output}.`,
    );
  }
  return { kind: "file", file: output };
}

function outputFor(
  { path, by, base, place }: Found,
  target: Target,
  task: TaskOrAuto,
  flags: JobFlags,
): Pick<Job, "output" | "root"> {
  const { suffix = `-${doneSuffix(task)}` } = flags;
  switch (target.kind) {
    case "file":
      checkFile(target.file, flags);
      return { output: target.file, root: dirname(target.file) };
    case "folder": {
      const root = target.folder;
      return { output: named(join(root, suffixed(place, flags.suffix ?? "")), flags), root };
    }
    case "beside": {
      if (by === "folder") {
        const root = `${resolve(base)}${suffix}`;
        return { output: named(join(root, place), flags), root };
      }
      return { output: named(suffixed(path, suffix), flags), root: dirname(path) };
    }
    default:
      return target satisfies never;
  }
}

/** A file that --output names keeps its name, so what is asked for has to go with it. */
function checkFile(file: string, { bits, format = outputFormatOf(file), suffix }: JobFlags): void {
  if (suffix !== undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected no --suffix for a result that --output names, ${file}.`,
    );
  }
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

function suffixed(path: string, suffix: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}${suffix}${ext}`);
}

/** The path with an extension that can be written: a picture's own, or that of the format it becomes. */
function named(path: string, { bits, format }: JobFlags): string {
  const own = outputFormatOf(path);
  const written = formatFor(format ?? own ?? "png", bits);
  if (written === own) return path;
  const { dir, name } = parse(path);
  return join(dir, `${name}${extensionOf(written)}`);
}

/** `denoised`, `deblurred`, `inpainted`, `restored`. */
export function doneSuffix(task: TaskOrAuto): string {
  switch (task) {
    case "denoise":
      return "denoised";
    case "deblur":
      return "deblurred";
    case "inpaint":
      return "inpainted";
    case "auto":
      return "restored";
    default:
      return task satisfies never;
  }
}
