/** Runs a network and lets no result pass that fails a check: safer ways are tried, and then it is refused. */

import { NafnetError } from "../../base/errors.ts";
import { chunks, type Interruptible, runAsync } from "../../base/interruptible.ts";
import type { FloatImage, RunResult } from "../../engine/Engine.ts";
import { blockChanges } from "./blockChanges.ts";
import { type BlockMeans, blockMeans } from "./blockMeans.ts";
import { type Check, checkLine } from "./Check.ts";
import { checkBlocks } from "./checkBlocks.ts";

/**
 * The result's shares that are tried, in this order. With less than a quarter of it a picture is hardly
 * restored, and whatever is wrong with the result would pass.
 */
const BLENDS = [0.75, 0.5, 0.25] as const;

/** A safer way that was taken. */
export interface Retry {
  /** `tlc off`: the network ran again with means over the whole picture; `blend`: mixed with the input. */
  readonly way: "tlc off" | "blend";
  /** The result's share in a blend. */
  readonly strength: number | null;
  /** The checks that had failed before. */
  readonly failed: readonly Check[];
}

interface HonestRun {
  /** What the network is given: 3 channels, or 4 of which the last is 1 in holes. */
  readonly input: FloatImage;
  /** Runs the network. */
  readonly run: () => Promise<RunResult>;
  /** Runs it without TLC; undefined where TLC is off as it is. */
  readonly runWithoutTlc: (() => Promise<RunResult>) | undefined;
  /** Whether the result is compared with the input; that its values are numbers is checked always. */
  readonly compare: boolean;
  /** What the picture is called in messages. */
  readonly name: string;
}

interface HonestResult {
  /** Blended in place, if it had to be. */
  readonly result: RunResult;
  /** Of what is returned: all passed. */
  readonly checks: readonly Check[];
  readonly retries: readonly Retry[];
}

interface Verdict {
  readonly checks: readonly Check[];
  readonly failed: readonly Check[];
  /** Undefined where nothing is compared. */
  readonly means: BlockMeans | undefined;
}

/** @throws NafnetError `RESULT_REJECTED`, and what running throws */
export async function honestRun(options: HonestRun): Promise<HonestResult> {
  const { input, runWithoutTlc, compare, name } = options;
  const retries: Retry[] = [];
  let result = await options.run();
  let verdict = await examine(input, result, compare);
  if (verdict.failed.length > 0 && runWithoutTlc !== undefined) {
    retries.push({ way: "tlc off", strength: null, failed: verdict.failed });
    result = withEarlierRun(await runWithoutTlc(), result);
    verdict = await examine(input, result, compare);
  }
  if (verdict.failed.length === 0) return { result, checks: verdict.checks, retries };
  const safest = safestBlend(verdict);
  if (safest === undefined) throw rejected(name, verdict.failed);
  retries.push({ way: "blend", strength: safest.strength, failed: verdict.failed });
  await runAsync(blend(input, result, safest.strength));
  return { result, checks: safest.checks, retries };
}

async function examine(input: FloatImage, result: RunResult, compare: boolean): Promise<Verdict> {
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

/** The largest share that passes; none for a result that has nothing of the picture in it. */
function safestBlend({
  checks,
  failed,
  means,
}: Verdict): { readonly strength: number; readonly checks: readonly Check[] } | undefined {
  if (means === undefined || failed.some(({ name }) => name === "black")) return undefined;
  const finite = checks.filter(({ name }) => name === "finite");
  for (const strength of BLENDS) {
    const blended = checkBlocks(blockChanges(means, strength));
    if (blended.every(({ passed }) => passed)) return { strength, checks: [...finite, ...blended] };
  }
  return undefined;
}

/** input + strength · (result − input); holes, of which the input knows nothing, stay as they are. */
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

function rejected(name: string, failed: readonly Check[]): NafnetError {
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
