/** The summary at the end of a run. */

import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { Job } from "./Job.ts";
import type { PictureResult } from "./PictureResult.ts";
import type { Batch } from "./planBatch.ts";

/** A batch and the outcome of its run. */
export interface BatchOutcome extends Batch {
  readonly results: readonly PictureResult[];
  /** Pictures that an interrupted run had finished. */
  readonly resumed: readonly Job[];
  /** Pictures whose results were there, with --skip-existing. */
  readonly existing: readonly Job[];
  /** The restorer that ran, disposed by now; undefined where there was nothing to restore. */
  readonly restorer: Restorer | AutoRestorer | undefined;
  readonly interrupted: boolean;
}

/**
 * Prints the outcome of a run: one JSON object, or whatever the lines before it did not say.
 *
 * @returns whether a picture failed, or there was none
 */
export function printSummary(task: string, outcome: BatchOutcome, json: boolean): boolean {
  const { jobs, failures, results, skipped, earlier, repeated, resumed, existing } = outcome;
  const { restorer, interrupted } = outcome;
  const total = jobs.length + failures.length;
  const failed = results.filter((result) => "error" in result);
  if (json) {
    // "auto" has a network for each picture: the receipts tell which.
    const { engine, network, weights } =
      restorer === undefined || restorer.task === "auto" ? {} : restorer;
    const counts = { total, failed: failed.length, interrupted };
    const leftOut = {
      skipped,
      earlier,
      repeated,
      resumed: resumed.map(pathsOf),
      existing: existing.map(pathsOf),
    };
    console.log(JSON.stringify({ task, engine, network, weights, results, ...counts, ...leftOut }));
  } else {
    printLeftOut(skipped, "of no picture format");
    printLeftOut(earlier, "of an earlier run");
    printLeftOut(repeated, "given twice");
    if (existing.length > 0) {
      console.error(`nafnet: ${existing.length} of ${total} pictures had a result already.`);
    }
    if (total === 0) console.error("nafnet: no pictures found.");
    if (failed.length > 0) printFailed(failed, total);
    if (interrupted)
      printInterrupted(results.length - failed.length + resumed.length + existing.length, total);
  }
  return failed.length > 0 || total === 0;
}

function pathsOf({ input, output }: Job): Pick<Job, "input" | "output"> {
  return { input, output };
}

function printLeftOut(files: readonly string[], reason: string): void {
  if (files.length === 0) return;
  const count = files.length === 1 ? "1 file that is" : `${files.length} files that are`;
  console.error(`nafnet: left out ${count} ${reason}, e.g. ${files[0]}.`);
}

/** Lists failed pictures once more: in a long run the lines about them are far above. */
function printFailed(failed: readonly PictureResult[], total: number): void {
  const next = total > 1 ? "; the same command tries only these again" : "";
  console.error(`nafnet: ${failed.length} of ${total} pictures failed${next}:`);
  for (const result of failed) {
    if ("error" in result) console.error(`  ${result.input} (${result.error.code})`);
  }
}

function printInterrupted(done: number, total: number): void {
  const next = total > 1 ? "; the same command goes on from there" : "";
  console.error(`nafnet: interrupted; ${done} of ${total} pictures are done${next}.`);
}
