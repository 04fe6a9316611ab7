/** `nafnet denoise|deblur|inpaint|auto`: restores files, in the order of the command line. */

import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { removeLeftovers } from "../../base/temporaryFile.ts";
import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { Job } from "../batch/Job.ts";
import { Journal } from "../batch/Journal.ts";
import { optionsFingerprint } from "../batch/optionsFingerprint.ts";
import { failedPicture, type PictureResult, resultLine } from "../batch/PictureResult.ts";
import { createReporter, type ProgressReporter } from "../batch/ProgressReporter.ts";
import { partitionAsync } from "../batch/partitionAsync.ts";
import { pictureSizes, pixelCount } from "../batch/pictureSizes.ts";
import { type Batch, planBatch } from "../batch/planBatch.ts";
import { type BatchOutcome, printSummary } from "../batch/printSummary.ts";
import { restoreBatch } from "../batch/restoreBatch.ts";
import { resultWarnings } from "../batch/resultWarnings.ts";
import { EXIT } from "../exit.ts";
import type { RestoreFlags } from "../flags/RestoreFlags.ts";
import { Interruption } from "../Interruption.ts";
import { openRestorer } from "./openRestorer.ts";

/**
 * Restores what the command line asks for, and prints a line for each picture and a summary.
 *
 * @returns the exit code
 */
export async function restoreFiles(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: RestoreFlags,
): Promise<number> {
  if (inputs.includes("-") || flags.output === "-") {
    const { restoreStream } = await import("./restoreStream.ts");
    return restoreStream(task, inputs, flags);
  }
  const batch = await planBatch(task, inputs, flags);
  const folders = new Set(batch.jobs.flatMap(({ output, root }) => [dirname(output), root]));
  for (const folder of folders) await removeLeftovers(folder);
  const interruption = new Interruption();
  const outcome = await runBatch(task, batch, flags, interruption.signal).finally(() =>
    interruption.stop(),
  );
  const failed = printSummary(task, outcome, flags.json === true);
  return interruption.exitCode ?? (failed ? EXIT.failed : EXIT.ok);
}

/** Restores the pictures of a batch that are not done yet. */
async function runBatch(
  task: TaskOrAuto,
  batch: Batch,
  flags: RestoreFlags,
  signal: AbortSignal,
): Promise<BatchOutcome> {
  const [existing, wanted] = await partitionAsync(
    batch.jobs,
    async ({ output }) => flags.skipExisting === true && exists(output),
  );
  // Without pictures no network is needed, nor is it looked for.
  const restorer = wanted.length > 0 ? await openRestorer(task, flags) : undefined;
  let reporter: ProgressReporter | undefined;
  try {
    // A single picture is there whole or not at all: there is nothing to go on with.
    const journal =
      restorer !== undefined && batch.jobs.length > 1
        ? await openJournal(task, wanted, flags, restorer)
        : undefined;
    const [resumed, pending] = await partitionAsync(
      wanted,
      async (job) => flags.resume !== false && journal !== undefined && journal.isDone(job),
    );
    if (resumed.length > 0) {
      const count = `${resumed.length} of ${batch.jobs.length}`;
      console.error(`nafnet: resumed: ${count} were done; --no-resume does them again.`);
    }

    const sizes = await pictureSizes(pending);
    const unread = batch.failures.map(({ input }) => [input, 0] as const);
    const pixels = [...sizes].map(([input, size]) => [input, pixelCount(size)] as const);
    reporter = await createReporter(task, new Map([...unread, ...pixels]), flags.json === true);

    const results: PictureResult[] = [];
    for (const { input, error } of batch.failures) {
      results.push(report(failedPicture(input, error), reporter));
    }
    if (restorer !== undefined) {
      const context = { restorer, flags, journal, sizes, reporter, signal };
      for await (const result of restoreBatch(pending, context)) {
        results.push(report(result, reporter));
      }
    }
    const succeeded = !signal.aborted && !results.some((result) => "error" in result);
    if (succeeded && journal !== undefined) await Journal.forget(batch.jobs);
    return { ...batch, results, resumed, existing, restorer, interrupted: signal.aborted };
  } finally {
    reporter?.end();
    restorer?.dispose();
  }
}

async function openJournal(
  task: TaskOrAuto,
  jobs: readonly Job[],
  flags: RestoreFlags,
  restorer: Restorer | AutoRestorer,
): Promise<Journal> {
  // "auto" has the package's own weights, which change with its version.
  const weights = restorer.task === "auto" ? undefined : restorer.weights;
  return Journal.open(jobs, await optionsFingerprint(task, flags, weights));
}

function report(result: PictureResult, reporter: ProgressReporter): PictureResult {
  const failed = "error" in result;
  reporter.done(result.input, resultLine(result), failed);
  for (const warning of failed ? [] : resultWarnings(result)) {
    reporter.warn(`nafnet: ${result.input}: ${warning}`);
  }
  return result;
}

/** Whether there is anything of that name: it would be replaced. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
