/** What is told at the end of a run. */

import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { Result } from "../commands/restore.ts";
import type { Job, Plan } from "./planBatch.ts";

/** How a run ended. */
export interface Outcome extends Plan {
  readonly results: readonly Result[];
  /** Pictures that an interrupted run had finished. */
  readonly resumed: readonly Job[];
  /** Pictures whose results were there, with --skip-existing. */
  readonly existing: readonly Job[];
  readonly interrupted: boolean;
}

/**
 * Tells what became of the pictures: one JSON object, or what the lines before did not say.
 *
 * @returns whether a picture failed, or there was none
 */
export function summarise(
  task: string,
  outcome: Outcome,
  restorer: Restorer | AutoRestorer | undefined,
  json: boolean,
): boolean {
  const { jobs, failures, results, skipped, earlier, resumed, existing, interrupted } = outcome;
  const total = jobs.length + failures.length;
  const failed = results.filter((result) => "error" in result);
  if (json) {
    // "auto" has a network for each picture: the receipts tell which.
    const { engine, network, weights } =
      restorer === undefined || restorer.task === "auto" ? {} : restorer;
    const counts = { total, failed: failed.length, interrupted };
    const leftOut = { skipped, earlier, resumed: resumed.map(pair), existing: existing.map(pair) };
    console.log(JSON.stringify({ task, engine, network, weights, results, ...counts, ...leftOut }));
  } else {
    tellLeftOut(skipped, "of no picture format");
    tellLeftOut(earlier, "of an earlier run");
    if (existing.length > 0) {
      console.error(`nafnet: ${existing.length} of ${total} pictures had a result already.`);
    }
    if (total === 0) console.error("nafnet: no pictures found.");
    if (failed.length > 0) tellFailed(failed, total);
    if (interrupted)
      tellInterrupted(results.length - failed.length + resumed.length + existing.length, total);
  }
  return failed.length > 0 || total === 0;
}

function pair({ input, output }: Job): Pick<Job, "input" | "output"> {
  return { input, output };
}

function tellLeftOut(files: readonly string[], what: string): void {
  if (files.length === 0) return;
  const those = files.length === 1 ? "1 file that is" : `${files.length} files that are`;
  console.error(`nafnet: left out ${those} ${what}, e.g. ${files[0]}.`);
}

/** Once more at the end: in a long run the lines about them are far above. */
function tellFailed(failed: readonly Result[], total: number): void {
  const next = total > 1 ? "; the same command tries only these again" : "";
  console.error(`nafnet: ${failed.length} of ${total} pictures failed${next}:`);
  for (const result of failed) {
    if ("error" in result) console.error(`  ${result.input} (${result.error.code})`);
  }
}

function tellInterrupted(done: number, total: number): void {
  const next = total > 1 ? "; the same command goes on from there" : "";
  console.error(`nafnet: interrupted; ${done} of ${total} pictures are done${next}.`);
}
