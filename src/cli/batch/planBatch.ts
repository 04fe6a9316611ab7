/** The pictures that a command line stands for, and the place of each result. */

import { resolve } from "node:path";
import { fileFormat } from "../../io/fileFormat.ts";
import { PICTURE_EXTENSION } from "../../io/formats.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { RestoreFlags } from "../flags/RestoreFlags.ts";
import { checkOutputs } from "./checkOutputs.ts";
import { type FoundFile, findInputs, type InputFailure } from "./findInputs.ts";
import { isWithin } from "./isWithin.ts";
import type { Job } from "./Job.ts";
import { isJournaled } from "./Journal.ts";
import {
  checkSuffix,
  chooseTarget,
  type OutputFlags,
  type OutputPath,
  outputPath,
} from "./outputPath.ts";

/** All that a command line asks for. */
export interface Batch {
  readonly jobs: readonly Job[];
  /** Files in the folders that are not pictures. */
  readonly skipped: readonly string[];
  /** Pictures that were found but are results of an earlier run. */
  readonly earlier: readonly string[];
  /** Pictures that are given more than once, by their later names. */
  readonly repeated: readonly string[];
  /** Inputs that cannot be had; the others are worked on. */
  readonly failures: readonly InputFailure[];
}

/** A picture that was found, and the place of its result. */
interface Candidate extends OutputPath, Pick<Job, "input">, Pick<FoundFile, "by"> {}

type BatchFlags = OutputFlags & Pick<RestoreFlags, "mask" | "skipExisting">;

/**
 * Plans a run: finds the pictures and gives each result its place, see `outputPath`.
 *
 * @throws NafnetError `INVALID_ARGUMENT` where two results, or a result and an input, are the same file,
 *   or a result would be written outside its folder
 */
export async function planBatch(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: BatchFlags,
): Promise<Batch> {
  checkSuffix(flags.suffix);
  const { found, repeated, failures } = await findInputs(inputs);
  const target = await chooseTarget({ found, failures }, flags.output);
  const jobs: Job[] = [];
  const skipped: string[] = [];
  const earlier: string[] = [];
  const candidates: Candidate[] = [];
  for (const file of found) {
    if (file.by !== "name" && !PICTURE_EXTENSION.test(file.path)) {
      skipped.push(file.path);
      continue;
    }
    const place = outputPath(file, target, task, flags, await fileFormat(file.path));
    const { root } = place;
    // A folder of results in the searched one; one that holds the searched one as well is another matter.
    const own = file.by === "folder" || target.kind === "folder";
    if (own && isWithin(root, file.base) && isWithin(file.path, root)) {
      earlier.push(file.path);
      continue;
    }
    candidates.push({ ...place, input: file.path, by: file.by });
  }
  const placed = withoutClashes(candidates);
  const results = new Set(placed.map(({ output }) => resolve(output)));
  for (const { by, ...job } of placed) {
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
  return { jobs, skipped, earlier, repeated, failures };
}

/** Gives pictures whose names do not tell their formats another place where two would have the same. */
function withoutClashes(candidates: readonly Candidate[]): (Job & Pick<FoundFile, "by">)[] {
  // Letter case and accents may make no difference there.
  const fold = (path: string): string => resolve(path).normalize("NFC").toLowerCase();
  const wanted = new Map<string, number>();
  for (const { output } of candidates) {
    wanted.set(fold(output), (wanted.get(fold(output)) ?? 0) + 1);
  }
  return candidates.map(({ output, otherwise = output, ...job }) => {
    const clashes = (wanted.get(fold(output)) ?? 0) > 1;
    return { ...job, output: clashes ? otherwise : output };
  });
}

/**
 * Whether a picture that has the name of another one's result is that, and not to be restored once more.
 * One that was found is; one that was named only if nothing is lost by it: where it is known to be ours, or
 * is kept as it is.
 */
async function isEarlierResult(
  { input, output }: Job,
  by: FoundFile["by"],
  { skipExisting }: BatchFlags,
): Promise<boolean> {
  if (resolve(input) === resolve(output)) return false; // of an empty suffix
  return by !== "name" || skipExisting === true || isJournaled(input);
}
