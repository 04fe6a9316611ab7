/** Runs a network and lets no result pass that fails a check: safer ways are tried, and then it is refused. */

import { NafnetError } from "../../base/errors.ts";
import { chunks, type Interruptible, runAsync } from "../../base/interruptible.ts";
import type { RunResult } from "../../engine/Engine.ts";
import type { FloatImage } from "../../image/FloatImage.ts";
import { blockChanges } from "./blockChanges.ts";
import { type BlockMeans, blockMeans } from "./blockMeans.ts";
import { type Check, checkLine } from "./Check.ts";
import { checkBlocks } from "./checkBlocks.ts";
import type { Retry } from "./Retry.ts";

/**
 * The result's shares in the blends that are tried, in this order. With less than a quarter of it a picture is hardly
 * restored, and whatever is wrong with the result would pass.
 */
const BLEND_STRENGTHS = [0.75, 0.5, 0.25] as const;

interface CheckedRunOptions {
  /** The network's input: 3 channels, or 4 of which the last is 1 in holes. */
  readonly input: FloatImage;
  /** Runs the network. */
  readonly run: () => Promise<RunResult>;
  /** Runs it without TLC; undefined where TLC is off as it is. */
  readonly runWithoutTlc: (() => Promise<RunResult>) | undefined;
  /** Whether the result is compared with the input; that its values are numbers is checked always. */
  readonly compare: boolean;
  /** The picture's name in messages. */
  readonly name: string;
}

interface CheckedResult {
  /** The network's result, blended in place if it had to be. */
  readonly result: RunResult;
  /** Checks of the result that is returned: all passed. */
  readonly checks: readonly Check[];
  readonly retries: readonly Retry[];
}

interface Examination {
  readonly checks: readonly Check[];
  readonly failed: readonly Check[];
  /** Means that were compared; undefined where nothing is compared. */
  readonly means: BlockMeans | undefined;
}

/**
 * Runs a network and checks its result. One that fails is made without TLC, then blended with the input.
 *
 * @throws NafnetError `RESULT_REJECTED` where no way passes, and whatever running throws
 */
export async function checkedRun(options: CheckedRunOptions): Promise<CheckedResult> {
  const { input, runWithoutTlc, compare, name } = options;
  const retries: Retry[] = [];
  let result = await options.run();
  let examination = await examine(input, result, compare);
  if (examination.failed.length > 0 && runWithoutTlc !== undefined) {
    retries.push({ way: "tlc off", strength: null, failed: examination.failed });
    result = withEarlierRun(await runWithoutTlc(), result);
    examination = await examine(input, result, compare);
  }
  if (examination.failed.length === 0) return { result, checks: examination.checks, retries };
  const strongest = strongestPassingBlend(examination);
  if (strongest === undefined) throw rejection(name, examination.failed);
  retries.push({ way: "blend", strength: strongest.strength, failed: examination.failed });
  await runAsync(blend(input, result, strongest.strength));
  return { result, checks: strongest.checks, retries };
}

async function examine(
  input: FloatImage,
  result: RunResult,
  compare: boolean,
): Promise<Examination> {
  const { nonFinite } = result.report;
  const finite: Check = {
    name: "finite",
    figure: nonFinite ? 1 : 0,
    threshold: 0,
    passed: !nonFinite,
  };
  if (nonFinite || !compare) {
    return { checks: [finite], failed: nonFinite ? [finite] : [], means: undefined };
  }
  const means = await runAsync(blockMeans(input, result));
  const checks = [finite, ...checkBlocks(blockChanges(means, 1))];
  return { checks, failed: checks.filter(({ passed }) => !passed), means };
}

/** The blend with most of the result that passes; none for a result that has nothing of the picture in it. */
function strongestPassingBlend({
  checks,
  failed,
  means,
}: Examination): { readonly strength: number; readonly checks: readonly Check[] } | undefined {
  if (means === undefined || failed.some(({ name }) => name === "black")) return undefined;
  const finite = checks.filter(({ name }) => name === "finite");
  for (const strength of BLEND_STRENGTHS) {
    const blended = checkBlocks(blockChanges(means, strength));
    if (blended.every(({ passed }) => passed)) return { strength, checks: [...finite, ...blended] };
  }
  return undefined;
}

/** Blends in place: input + strength · (result − input); holes, which the input knows nothing of, stay. */
function* blend(input: FloatImage, result: FloatImage, strength: number): Interruptible<void> {
  const { channels } = input;
  for (const [start, end] of chunks(input.width * input.height)) {
    for (let pixel = start; pixel < end; pixel++) {
      const at = pixel * channels;
      if (channels === 4 && input.data[at + 3]! > 0) continue;
      for (let i = at; i < at + 3; i++) {
        const before = input.data[i]!;
        result.data[i] = before + strength * (result.data[i]! - before);
      }
    }
    yield;
  }
}

/** The later run's result, its report with the time and memory of both. */
function withEarlierRun(later: RunResult, { report: earlier }: RunResult): RunResult {
  const { report } = later;
  const peaks = [report.peakMemoryBytes, earlier.peakMemoryBytes];
  const peakMemoryBytes = peaks.includes(null) ? null : Math.max(...peaks.map(Number));
  const elapsedMs = report.elapsedMs + earlier.elapsedMs;
  return { ...later, report: { ...report, elapsedMs, peakMemoryBytes } };
}

function rejection(name: string, failed: readonly Check[]): NafnetError {
  const figures = failed.map(checkLine).join("; ");
  const nonFinite = failed.some((check) => check.name === "finite");
  const remedy = nonFinite
    ? "try other weights or another engine"
    : "try other weights, or switch the checks off if the network is meant to do that";
  return new NafnetError(
    "RESULT_REJECTED",
    `${name}: the result is not this picture restored (${figures}); ${remedy}.`,
  );
}
