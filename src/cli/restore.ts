/** `nafnet denoise|deblur|inpaint|auto`: restores files, one after the other. */

import type { AutoRestorer } from "../AutoRestorer.ts";
import type { EngineName } from "../engine/Engine.ts";
import type { Precision } from "../engine/EngineOptions.ts";
import { NafnetError } from "../errors.ts";
import type { Receipt } from "../Receipt.ts";
import { createRestorer, type Restorer } from "../restorer.ts";
import type { TaskOrAuto } from "../tasks.ts";
import { EXIT } from "./exit.ts";
import { type Job, planJobs } from "./jobs.ts";
import { createReporter } from "./ProgressReporter.ts";
import { decisionOf, warningOf } from "./receiptLines.ts";

/** The flags of the restoring commands, as commander gives them. */
export interface RestoreFlags {
  readonly output?: string;
  readonly weights?: string;
  readonly engine?: EngineName;
  readonly tlc?: "on" | "off" | "auto";
  /** False with --no-checks. */
  readonly checks?: boolean;
  readonly strength?: number;
  readonly detail?: number;
  readonly bits?: 8 | 16;
  readonly mask?: string;
  readonly threads?: number;
  /** In bytes. */
  readonly maxMemory?: number;
  readonly precision?: Precision;
  readonly json?: true;
}

/** What became of one picture; part of --json's object. */
type Result =
  | {
      readonly input: string;
      readonly output: string;
      readonly width: number;
      readonly height: number;
      /** Reading, network and writing together. */
      readonly elapsedMs: number;
      /** How the network ran. */
      readonly receipt: Receipt;
    }
  | { readonly input: string; readonly error: { readonly code: string; readonly message: string } };

/** @returns the exit code */
export async function restoreFiles(
  task: TaskOrAuto,
  inputs: readonly string[],
  flags: RestoreFlags,
): Promise<number> {
  const { output, bits, mask } = flags;
  const { jobs, skipped, missing } = await planJobs(task, inputs, output, bits, mask);
  const json = flags.json === true;
  const results: Result[] = [];
  const reporter = await createReporter(task, jobs.length + missing.length, json);
  const settle = (result: Result): void => {
    results.push(result);
    reporter.done(line(result), "error" in result);
    const warning = "error" in result ? undefined : warningOf(result.receipt);
    if (warning !== undefined) reporter.warn(`nafnet: ${result.input}: ${warning}`);
  };
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  let restorer: Restorer | AutoRestorer | undefined;
  try {
    for (const input of missing) {
      const message = `Expected a picture or a folder but there is no ${input}.`;
      settle({ input, error: { code: "INPUT_NOT_FOUND", message } });
    }
    if (jobs.length > 0) {
      restorer = await createRestorer(task, {
        weights: flags.weights,
        engine: flags.engine,
        tlc: flags.tlc === "on" || (flags.tlc === "off" ? false : "auto"),
        threads: flags.threads,
        maxMemoryBytes: flags.maxMemory,
        precision: flags.precision,
      });
      for (const warning of restorer.warnings) console.error(`nafnet: ${warning}`);
      for (const job of jobs) {
        if (interruption.signal.aborted) break;
        const onProgress = (fraction: number): void => reporter.progress(job.input, fraction);
        const result = await restoreFile(restorer, job, flags, onProgress, interruption.signal);
        if (interruption.signal.aborted && "error" in result) break; // not done, and not its fault
        settle(result);
      }
    }
  } finally {
    reporter.end();
    restorer?.dispose();
    process.removeListener("SIGINT", interrupt);
  }
  const total = jobs.length + missing.length;
  const failed = results.filter((result) => "error" in result).length;
  const interrupted = interruption.signal.aborted;
  if (json) {
    // "auto" has a network for each picture: the receipts tell which.
    const { engine, network, weights } =
      restorer === undefined || restorer.task === "auto" ? {} : restorer;
    const summary = {
      task,
      engine,
      network,
      weights,
      results,
      total,
      failed,
      skipped,
      interrupted,
    };
    console.log(JSON.stringify(summary));
  } else {
    summarise(total, failed, skipped);
    if (interrupted) {
      console.error(`nafnet: interrupted; ${results.length} of ${total} pictures were worked on.`);
    }
  }
  if (interrupted) return EXIT.interrupted;
  return failed > 0 || total === 0 ? EXIT.failed : EXIT.ok;
}

async function restoreFile(
  restorer: Restorer | AutoRestorer,
  { input, output }: Job,
  { bits, mask, strength, detail, checks }: RestoreFlags,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Result> {
  const start = performance.now();
  try {
    const restored = await restorer.restore(input, {
      signal,
      onProgress: ({ phase, fraction }) => onProgress(phase === "restore" ? fraction : 0),
      ...{ mask, strength, detail, checks },
    });
    await restored.save(output, { bits });
    const { width, height, receipt } = restored;
    const elapsedMs = Math.round(performance.now() - start);
    return { input, output, width, height, elapsedMs, receipt };
  } catch (error) {
    // One bad file does not stop the rest; a defect of ours does.
    if (!(error instanceof NafnetError)) throw error;
    return { input, error: { code: error.code, message: error.message } };
  }
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

function summarise(total: number, failed: number, skipped: readonly string[]): void {
  if (skipped.length > 0) {
    const first = skipped[0];
    const files = skipped.length === 1 ? "1 file that is" : `${skipped.length} files that are`;
    console.error(`nafnet: left out ${files} not PNG or JPEG, e.g. ${first}.`);
  }
  if (total === 0) console.error("nafnet: no PNG or JPEG pictures found.");
  else if (failed > 0) console.error(`nafnet: ${failed} of ${total} pictures failed.`);
}
