/** `nafnet denoise|deblur|inpaint`: restores files, one after the other. */

import type { EngineName } from "../engine/Engine.ts";
import type { Precision } from "../engine/EngineOptions.ts";
import { NafnetError } from "../errors.ts";
import { checkWritable } from "../io/encodeImage.ts";
import { type OutputFormat, outputFormat } from "../io/formats.ts";
import type { Receipt } from "../Receipt.ts";
import { createRestorer, type Restorer } from "../restorer.ts";
import type { Task } from "../tasks.ts";
import { EXIT } from "./exit.ts";
import { type Job, planJobs } from "./jobs.ts";
import { createReporter } from "./ProgressReporter.ts";

/** The flags of the restoring commands, as commander gives them. */
export interface RestoreFlags {
  readonly output?: string;
  readonly weights?: string;
  readonly engine?: EngineName;
  readonly tlc?: "on" | "off";
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
  task: Task,
  inputs: readonly string[],
  flags: RestoreFlags,
): Promise<number> {
  const { output, mask } = flags;
  const { jobs, skipped, missing } = await planJobs(task, inputs, output, flags, mask);
  const json = flags.json === true;
  const results: Result[] = [];
  const reporter = await createReporter(task, jobs.length + missing.length, json);
  const settle = (result: Result): void => {
    results.push(result);
    reporter.done(line(result), "error" in result);
  };
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  let restorer: Restorer | undefined;
  try {
    for (const input of missing) {
      const message = `Expected a picture or a folder but there is no ${input}.`;
      settle({ input, error: { code: "INPUT_NOT_FOUND", message } });
    }
    if (jobs.length > 0) {
      restorer = await createRestorer(task, {
        weights: flags.weights,
        engine: flags.engine,
        tlc: flags.tlc === undefined ? undefined : flags.tlc === "on",
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
    const { engine, network, weights } = restorer ?? {};
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
  restorer: Restorer,
  { input, output }: Job,
  flags: RestoreFlags,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Result> {
  const start = performance.now();
  const { bits, format, quality, strip, receipt: receiptTo, mask } = flags;
  try {
    await checkWritable(format ?? outputFormat(output));
    const restored = await restorer.restore(input, {
      signal,
      onProgress: ({ phase, fraction }) => onProgress(phase === "restore" ? fraction : 0),
      mask,
    });
    for (const note of restored.notes) console.error(`nafnet: ${input}: ${note}`);
    await restored.save(output, { bits, format, quality, strip, receipt: receiptTo, signal });
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
  const { input, output, width, height, elapsedMs } = result;
  return `${input} -> ${output} (${width}x${height}, ${(elapsedMs / 1000).toFixed(1)} s)`;
}

function summarise(total: number, failed: number, skipped: readonly string[]): void {
  if (skipped.length > 0) {
    const first = skipped[0];
    const files =
      skipped.length === 1
        ? "1 file that is no picture"
        : `${skipped.length} files that are no pictures`;
    console.error(`nafnet: left out ${files}, e.g. ${first}.`);
  }
  if (total === 0) console.error("nafnet: no pictures found.");
  else if (failed > 0) console.error(`nafnet: ${failed} of ${total} pictures failed.`);
}
