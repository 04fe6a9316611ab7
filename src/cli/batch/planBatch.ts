/** The pictures that a command line stands for, and the place of each result. */

import { resolve } from "node:path";
import { PICTURE_EXTENSION } from "../../io/formats.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { RestoreFlags } from "../flags/RestoreFlags.ts";
import { checkOutputs } from "./checkOutputs.ts";
import { type FoundFile, findInputs, type InputFailure } from "./findInputs.ts";
import { isWithin } from "./isWithin.ts";
import type { Job } from "./Job.ts";
import { isJournaled } from "./Journal.ts";
import { checkSuffix, chooseTarget, type OutputFlags, outputPath } from "./outputPath.ts";

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
  const results = new Set<string>();
  const candidates: (Job & { readonly by: FoundFile["by"] })[] = [];
  for (const file of found) {
    if (file.by !== "name" && !PICTURE_EXTENSION.test(file.path)) {
      skipped.push(file.path);
      continue;
    }
    const { output, root } = outputPath(file, target, task, flags);
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
  return { jobs, skipped, earlier, repeated, failures };
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
