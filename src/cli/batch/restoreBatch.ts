/** Restores the pictures of a batch, several at a time as far as memory allows. */

import { messageOf, NafnetError } from "../../base/errors.ts";
import { checkWritable } from "../../io/encodeImage.ts";
import { outputFormat } from "../../io/formats.ts";
import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import { type RestoreFlags, restoreOptionsOf, saveOptionsOf } from "../flags/RestoreFlags.ts";
import { fitsInMemory } from "./fitsInMemory.ts";
import type { Job } from "./Job.ts";
import { type Journal, stampOf } from "./Journal.ts";
import { lossNotes } from "./lossNotes.ts";
import { mapInOrder } from "./mapInOrder.ts";
import { failedPicture, type PictureResult } from "./PictureResult.ts";
import type { ProgressReporter } from "./ProgressReporter.ts";
import type { PictureSizes } from "./pictureSizes.ts";

/** The things that all pictures of a batch share. */
export interface BatchContext {
  readonly restorer: Restorer | AutoRestorer;
  readonly flags: RestoreFlags;
  /** Journal that results are recorded in; undefined for a single picture. */
  readonly journal: Journal | undefined;
  readonly sizes: PictureSizes;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

/**
 * Restores pictures and writes their results: reads the next one and writes the last one while the network
 * runs. Ends early when the signal fires.
 *
 * @returns results in the jobs' order, but for pictures that were interrupted: they are not done, and that is
 *   not their fault
 */
export async function* restoreBatch(
  jobs: readonly Job[],
  context: BatchContext,
): AsyncGenerator<PictureResult> {
  const { restorer, sizes, signal } = context;
  const fits = (together: readonly Job[]): Promise<boolean> =>
    fitsInMemory(
      together.map(({ input }) => sizes.get(input)),
      (width, height) => restorer.estimate(width, height),
    );
  const results = mapInOrder(takeUntilAborted(jobs, signal), fits, (job) =>
    restoreJob(job, context),
  );
  for await (const result of results) {
    if (!("error" in result && result.error.code === "ABORTED")) yield result;
  }
}

function* takeUntilAborted<T>(items: Iterable<T>, signal: AbortSignal): Generator<T> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

/** Restores one picture and records it in the journal. */
async function restoreJob(job: Job, context: BatchContext): Promise<PictureResult> {
  const inputStamp = await stampOf(job.input);
  const result = await restoreFile(job, context);
  if (!("error" in result)) {
    // Without its line the result stands; only a next run would not know of it.
    await context.journal?.record(job, inputStamp).catch((error: unknown) => {
      console.error(`nafnet: ${messageOf(error)}`);
    });
  }
  return result;
}

async function restoreFile(
  { input, output }: Job,
  { restorer, flags, reporter, signal }: BatchContext,
): Promise<PictureResult> {
  const start = performance.now();
  try {
    const format = flags.format ?? outputFormat(output);
    await checkWritable(format);
    const restored = await restorer.restore(input, {
      ...restoreOptionsOf(flags),
      signal,
      onProgress: ({ phase, fraction }) =>
        reporter.progress(input, phase === "restore" ? fraction : 0),
    });
    await restored.save(output, { ...saveOptionsOf(flags), signal });
    const { width, height, receipt } = restored;
    const notes = [...restored.notes, ...lossNotes(restored, format, flags.bits)];
    const elapsedMs = Math.round(performance.now() - start);
    return { input, output, width, height, elapsedMs, notes, receipt };
  } catch (error) {
    if (error instanceof NafnetError) return failedPicture(input, error);
    // A defect of ours. Its stack is wanted, but the other pictures are not to suffer from it.
    console.error(error);
    return failedPicture(input, new NafnetError("ENGINE_FAILED", messageOf(error), error));
  }
}
