/** The bench's command line. */

import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { type BenchEngine, ENGINES } from "./engines.ts";
import type { Effort } from "./measureCase.ts";
import { type BenchModel, MODELS, modelById, type Size } from "./models.ts";

/** The measurements to be made. */
export interface BenchOptions {
  readonly models: readonly BenchModel[];
  /** Sizes to measure; undefined: each model's own. */
  readonly sizes: readonly Size[] | undefined;
  readonly engines: readonly BenchEngine[];
  /** Whether engines were named, and not just all of them are measured. */
  readonly areEnginesChosen: boolean;
  /** Numbers of threads; undefined: see contenders.ts. */
  readonly threads: readonly number[] | undefined;
  readonly effort: Effort;
  readonly busy: number;
  readonly json: boolean;
  readonly out: string | undefined;
}

/** The flags as commander gives them. */
interface Flags {
  readonly models?: readonly BenchModel[];
  readonly sizes?: readonly Size[];
  readonly engines?: readonly BenchEngine[];
  readonly threads?: readonly number[];
  readonly repeats: number;
  readonly budget: number;
  readonly busy: number;
  readonly quick?: true;
  readonly json?: true;
  readonly out?: string;
}

const NOTES = `
Models: ${MODELS.map(({ id }) => id).join(", ")}
Engines: ${ENGINES.map(({ id }) => id).join(", ")}

The peers are not needed: one that is absent is named with the reason. bench/README.md says how to get them.
NAFNET_ISA forces the instruction set of our engines.

Examples:
  npm run bench                                       everything
  npm run bench -- --quick                            one small network: does it all work?
  npm run -s bench -- --json > result.json            one JSON object
  npm run bench -- --models gopro-w32-sca --sizes 512x512 --engines native,openvino --threads 2
  npm run bench -- --models denoise --sizes 4000x3000 --engines native --busy 1`;

/** Parses the command line; ends the process after --help and after wrong usage. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const command = new Command("npm run bench --")
    .description("Measures our engines beside their peers in one run.")
    .option("--models <list>", "networks, by comma (default: all)", list(modelById))
    .option("--sizes <list>", "e.g. 512x512,1280x720 (default: each network's own)", list(size))
    .option("--engines <list>", "engines, by comma (default: all)", list(engineById))
    .option("--threads <list>", "e.g. 1,2 (default: 2; gopro at 512x512 also 1)", list(positive))
    .option("--repeats <n>", "most runs of an engine, after one that warms up", positive, 7)
    .option("--budget <seconds>", "an engine that ran this long has no further turn", positive, 3)
    .option("--busy <n>", "meanwhile keep this many other processes busy", positive, 0)
    .option("--quick", "one small network, two runs")
    .option("--json", "print one JSON object instead of a table")
    .option("--out <file>", "write the JSON into a file, too")
    .addHelpText("after", NOTES)
    .parse(args, { from: "user" });
  const flags: Flags = command.opts();
  const quick = flags.quick === true;
  return {
    models: flags.models ?? (quick ? MODELS.slice(0, 1) : MODELS),
    sizes: flags.sizes ?? (quick ? [[256, 256]] : undefined),
    engines: ENGINES.filter((engine) => flags.engines?.includes(engine) ?? true),
    areEnginesChosen: flags.engines !== undefined,
    threads: flags.threads ?? (quick ? [defaultThreads()] : undefined),
    effort: { repeats: quick ? 2 : flags.repeats, budgetMs: 1000 * (quick ? 1 : flags.budget) },
    busy: flags.busy,
    json: flags.json === true,
    out: flags.out,
  };
}

/** The default number of threads: two, which every machine has; more have to be asked for. */
export function defaultThreads(): number {
  return Math.min(2, availableParallelism());
}

function list<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) =>
    text.split(",").map((part) => {
      try {
        return parse(part.trim());
      } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
      }
    });
}

function size(text: string): Size {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (!Number(width) || !Number(height)) throw new Error(`Expected e.g. 512x512 but got ${text}.`);
  return [Number(width), Number(height)];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`Expected a number above 0 but got ${text}.`);
  return value;
}

function engineById(id: string): BenchEngine {
  const found = ENGINES.find((engine) => engine.id === id);
  if (found === undefined) {
    throw new Error(`Expected one of ${ENGINES.map((e) => e.id).join(", ")} but received ${id}.`);
  }
  return found;
}
