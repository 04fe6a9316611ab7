/** `nafnet denoise|deblur|inpaint|auto`: restores files, in the order of the command line. */

import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, NafnetError } from "../../base/errors.ts";
import { removeLeftovers } from "../../base/temporaryFile.ts";
import type { EngineName } from "../../engine/Engine.ts";
import type { Precision } from "../../engine/EngineOptions.ts";
import { checkWritable } from "../../io/encodeImage.ts";
import { type OutputFormat, outputFormat } from "../../io/formats.ts";
import { type PictureSize, pictureSize } from "../../io/pictureSize.ts";
import type { AutoRestorer } from "../../restoration/AutoRestorer.ts";
import { createRestorer } from "../../restoration/createRestorer.ts";
import type { Receipt } from "../../restoration/Receipt.ts";
import type { RestoreOptions } from "../../restoration/RestoreOptions.ts";
import type { Restorer } from "../../restoration/Restorer.ts";
import type { SaveOptions } from "../../restoration/SaveOptions.ts";
import type { TaskOrAuto } from "../../restoration/tasks.ts";
import type { WeightsMetadata } from "../../weights/Weights.ts";
import type { Failure } from "../batch/findInputs.ts";
import { fitsInMemory, pixelsOf } from "../batch/fitsInMemory.ts";
import { Journal, stampOf } from "../batch/Journal.ts";
import { inOrder } from "../batch/mapInOrder.ts";
import { optionsFingerprint } from "../batch/optionsFingerprint.ts";
import { createReporter, type ProgressReporter } from "../batch/ProgressReporter.ts";
import { type Job, planJobs } from "../batch/planBatch.ts";
import { summarise } from "../batch/printSummary.ts";
import { decisionOf, warningsOf } from "../batch/resultWarnings.ts";
import { EXIT } from "../exit.ts";
import { Interruption } from "../Interruption.ts";

/** The flags of the restoring commands, as commander gives them. */
export interface RestoreFlags {
  readonly output?: string;
  readonly suffix?: string;
  readonly skipExisting?: true;
  /** False with --no-resume. */
  readonly resume?: boolean;
  readonly weights?: string;
  readonly engine?: EngineName;
  readonly tlc?: "on" | "off" | "auto";
  /** False with --no-checks. */
  readonly checks?: boolean;
  readonly strength?: number;
  readonly detail?: number;
  readonly bits?: 8 | 16;
  readonly format?: OutputFormat;
  /** 1-100 */
  readonly quality?: number;
  readonly strip?: true;
  readonly receipt?: "file" | "embed";
  readonly mask?: string;
  readonly threads?: number;
  /** In bytes. */
  readonly maxMemory?: number;
  readonly precision?: Precision;
  readonly json?: true;
}

/** What became of one picture; part of --json's object. */
export type Result =
  | {
      readonly input: string;
      readonly output: string;
      readonly width: number;
      readonly height: number;
      /** Reading, network and writing together, and the wait for the pictures before it. */
      readonly elapsedMs: number;
      /** What of the input is not in the output, and why. */
      readonly notes: readonly string[];
      /** How the network ran. */
      readonly receipt: Receipt;
    }
  | { readonly input: string; readonly error: { readonly code: string; readonly message: string } };

/** What the pictures of a run share. */
interface Run {
  readonly restorer: Restorer | AutoRestorer;
  readonly flags: RestoreFlags;
  readonly journal: Journal | undefined;
  readonly sizes: ReadonlyMap<string, PictureSize | undefined>;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

/** @returns the exit code */
export async function restoreFiles(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: RestoreFlags,
): Promise<number> {
  if (inputs.includes("-") || flags.output === "-") {
    const { restoreStream } = await import("./restoreStream.ts");
    return restoreStream(task, inputs, flags);
  }
  const plan = await planJobs(task, inputs, flags);
  const folders = new Set(plan.jobs.flatMap(({ output, root }) => [dirname(output), root]));
  for (const folder of folders) await removeLeftovers(folder);
  const existing = flags.skipExisting
    ? await those(plan.jobs, ({ output }) => isThere(output))
    : [];
  const wanted = without(plan.jobs, existing);
  const results: Result[] = [];
  let resumed: readonly Job[] = [];
  let restorer: Restorer | AutoRestorer | undefined;
  let reporter: ProgressReporter | undefined;
  const interruption = new Interruption();
  const { signal } = interruption;
  try {
    // Without pictures no network is needed, nor is it looked for.
    if (wanted.length > 0) restorer = await openRestorer(task, flags);
    // A single picture is there whole or not at all: there is nothing to go on with.
    const journal =
      restorer !== undefined && plan.jobs.length > 1
        ? await Journal.open(wanted, await optionsFingerprint(task, flags, weightsOf(restorer)))
        : undefined;
    if (journal !== undefined && flags.resume !== false) {
      resumed = await those(wanted, (job) => journal.isDone(job));
    }
    if (resumed.length > 0) {
      const count = `${resumed.length} of ${plan.jobs.length}`;
      console.error(`nafnet: resumed: ${count} were done; --no-resume does them again.`);
    }
    const todo = without(wanted, resumed);
    const sizes = await sizesOf(todo);
    reporter = await createReporter(task, workOf(plan.failures, sizes), flags.json === true);
    const settle = (result: Result): void => {
      results.push(result);
      reporter?.done(result.input, line(result), "error" in result);
      for (const warning of "error" in result ? [] : warningsOf(result)) {
        reporter?.warn(`nafnet: ${result.input}: ${warning}`);
      }
    };
    for (const { input, error } of plan.failures) settle(failure(input, error));
    if (restorer !== undefined) {
      const run = { restorer, flags, journal, sizes, reporter, signal };
      for await (const result of restoreAll(todo, run)) {
        // What was interrupted is not done, and that is not its fault.
        if (!("error" in result && result.error.code === "ABORTED")) settle(result);
      }
    }
    const well = !signal.aborted && !results.some((result) => "error" in result);
    if (well && journal !== undefined) await Journal.forget(plan.jobs);
  } finally {
    reporter?.end();
    restorer?.dispose();
    interruption.stop();
  }
  const interrupted = interruption.exitCode !== undefined;
  const outcome = { ...plan, results, resumed, existing, interrupted };
  const failed = summarise(task, outcome, restorer, flags.json === true);
  return interruption.exitCode ?? (failed ? EXIT.failed : EXIT.ok);
}

/** A restorer that works as the flags say; the caller disposes it. */
export async function openRestorer(
  task: TaskOrAuto,
  flags: RestoreFlags,
): Promise<Restorer | AutoRestorer> {
  const restorer = await createRestorer(task, {
    weights: flags.weights,
    engine: flags.engine,
    tlc: flags.tlc === "on" || (flags.tlc === "off" ? false : "auto"),
    threads: flags.threads,
    maxMemoryBytes: flags.maxMemory,
    precision: flags.precision,
  });
  for (const warning of restorer.warnings) console.error(`nafnet: ${warning}`);
  return restorer;
}

/** What of the flags is about restoring a picture. */
export function restoreOptionsOf({ mask, strength, detail, checks }: RestoreFlags): RestoreOptions {
  return { mask, strength, detail, checks };
}

/** What of the flags is about its file. */
export function saveOptionsOf(flags: RestoreFlags): SaveOptions {
  const { bits, format, quality, strip, receipt } = flags;
  return { bits, format, quality, strip, receipt };
}

/** "auto" has the package's own, which change with its version. */
function weightsOf(restorer: Restorer | AutoRestorer): WeightsMetadata | undefined {
  return restorer.task === "auto" ? undefined : restorer.weights;
}

/** Reads the next picture and writes the last one while the network runs, as far as memory allows. */
function restoreAll(jobs: readonly Job[], run: Run): AsyncIterable<Result> {
  const { restorer, sizes, reporter, journal, signal } = run;
  const fits = (together: readonly Job[]): Promise<boolean> =>
    fitsInMemory(
      together.map(({ input }) => sizes.get(input)),
      (width, height) => restorer.estimate(width, height),
    );
  return inOrder(until(signal, jobs), fits, async (job) => {
    const stamp = await stampOf(job.input);
    const onProgress = (fraction: number): void => reporter.progress(job.input, fraction);
    const result = await restoreFile(restorer, job, run.flags, onProgress, signal);
    if (!("error" in result)) await journal?.note(job, stamp).catch(warn);
    return result;
  });
}

async function restoreFile(
  restorer: Restorer | AutoRestorer,
  { input, output }: Job,
  flags: RestoreFlags,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Result> {
  const start = performance.now();
  try {
    await checkWritable(flags.format ?? outputFormat(output));
    const restored = await restorer.restore(input, {
      ...restoreOptionsOf(flags),
      signal,
      onProgress: ({ phase, fraction }) => onProgress(phase === "restore" ? fraction : 0),
    });
    await restored.save(output, { ...saveOptionsOf(flags), signal });
    const { width, height, notes, receipt } = restored;
    const elapsedMs = Math.round(performance.now() - start);
    return { input, output, width, height, elapsedMs, notes, receipt };
  } catch (error) {
    if (error instanceof NafnetError) return failure(input, error);
    // A defect of ours. Its stack is wanted, but the other pictures are not to suffer from it.
    console.error(error);
    return failure(input, new NafnetError("ENGINE_FAILED", messageOf(error), error));
  }
}

function failure(input: string, { code, message }: NafnetError): Result {
  return { input, error: { code, message } };
}

/** The result stands; only a next run would not know of it. */
function warn(error: unknown): void {
  console.error(`nafnet: ${messageOf(error)}`);
}

function line(result: Result): string {
  if ("error" in result) {
    const { code, message } = result.error;
    const named = message.includes(result.input) ? message : `${result.input}: ${message}`;
    return `nafnet: ${named} (${code})`;
  }
  const { input, output, width, height, elapsedMs, receipt } = result;
  const seconds = (elapsedMs / 1000).toFixed(1);
  return `${input} -> ${output} (${width}x${height}, ${seconds} s${decisionOf(receipt)})`;
}

function* until<T>(signal: AbortSignal, items: Iterable<T>): Generator<T> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

async function those<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const passed: T[] = [];
  for (const item of items) if (await test(item)) passed.push(item);
  return passed;
}

function without<T>(items: readonly T[], others: readonly T[]): T[] {
  const left = new Set(items);
  for (const other of others) left.delete(other);
  return [...left];
}

/** Whatever it is: it would be replaced. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Of each picture; a single one runs alone and needs no size. */
async function sizesOf(jobs: readonly Job[]): Promise<Map<string, PictureSize | undefined>> {
  const sizes = new Map<string, PictureSize | undefined>();
  for (const { input } of jobs) {
    sizes.set(input, jobs.length > 1 ? await pictureSize(input) : { width: 1, height: 1 });
  }
  return sizes;
}

/** Pixels by input, those of no picture too. */
function workOf(
  failures: readonly Failure[],
  sizes: ReadonlyMap<string, PictureSize | undefined>,
): Map<string, number> {
  const none = failures.map(({ input }) => [input, 0] as const);
  return new Map([...none, ...[...sizes].map(([input, size]) => [input, pixelsOf(size)] as const)]);
}
