/** Measures one network and one size on all engines, whose runs take turns, so that disturbances hit all alike. */

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compareOutputs, type Difference, type Saved } from "./compareOutputs.ts";
import type { EngineProcess } from "./EngineProcess.ts";
import { type Contender, type Fleet, reasonOf } from "./Fleet.ts";
import type { Size } from "./models.ts";
import { testPicture } from "./testPicture.ts";

/** The extent of a measurement. */
export interface Effort {
  /** Runs of each engine after the one that warms up. */
  readonly repeats: number;
  /** An engine whose runs have taken this long together has no further turn. */
  readonly budgetMs: number;
}

/** One engine's figures. */
export interface Measurement extends Contender {
  readonly elapsedMs: readonly number[];
  readonly peakBytes: number | null;
  /** Bytes that the engine held, by its own count. */
  readonly workingBytes: number | null;
  /** Difference from the reference; null: it is the reference, or there was none. */
  readonly difference: Difference | null;
  /** The engine whose result the others are held to. */
  readonly reference: string | null;
  readonly detail: string;
}

interface Failure extends Contender {
  readonly reason: string;
}

interface CaseResult {
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
}

/** Pixels from which on engines run one after another, each alone in memory, instead of taking turns. */
const ALONE_PIXELS = 4e6;
/** Duration from which on a first run is measured too: warming up is a small part of it. */
const LONG_RUN_MS = 8000;
/** Pause after which idle threads of the last engine that spin before they sleep (OpenMP's do) are asleep. */
const SETTLE_MS = 100;

/** The most difference in float32: above rounding (at most 3e-5, all peers and networks), far below a mistake. */
const MAX_DIFFERENCE = 1e-3;
/** The least PSNR in bfloat16, whose rounding leaves 30 to 45 dB. */
const MIN_PSNR_BF16 = 25;

/** The measurements of a contender so far. */
interface Turn extends Contender {
  readonly process: EngineProcess;
  readonly elapsedMs: number[];
  readonly difference: Difference | null;
  readonly detail: string;
  workingBytes: number | null;
}

/**
 * @param contenders in the order of their turns; the first with float32 that works is the reference
 * @param folder for the picture and the results, which are removed again
 */
export async function measureCase(
  fleet: Fleet,
  [width, height]: Size,
  contenders: readonly Contender[],
  { effort, folder }: { readonly effort: Effort; readonly folder: string },
): Promise<CaseResult> {
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  const picture = join(folder, "picture.bin");
  await writeFile(picture, await testPicture(width, height));
  let reference: (Saved & { readonly engine: string }) | undefined;

  /** Does a part of the work; a contender that fails is left out from then on. */
  const attempt = async <T>(
    contender: Contender,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      await fleet.drop(contender);
      const isAbsent = fleet.absences.has(contender.engine.id);
      if (!isAbsent) failures.push({ ...contender, reason: reasonOf(error) });
      return undefined;
    }
  };

  const begin = async (contender: Contender): Promise<Turn> => {
    const { engine, threads } = contender;
    const process = await fleet.get(contender);
    const onnx = engine.needsOnnx ? await fleet.onnx(width, height) : null;
    process.resetPeakBytes();
    const prepared = await process.ask({ command: "prepare", width, height, picture, onnx });
    const first = await process.ask({ command: "run" });
    const path = join(folder, `${engine.id}-${threads}.bin`);
    const saved = await process.ask({ command: "save", path });
    const result: Saved = { path, layout: saved.layout ?? "nhwc" };
    let difference: Difference | null = null;
    if (reference !== undefined) {
      difference = await compareOutputs(result, reference);
      checkDifference(difference, engine.precision, reference.engine);
    }
    if (reference === undefined && engine.precision === "float32") {
      reference = { ...result, engine: engine.id };
    } else {
      await rm(path);
    }
    const { elapsedMs = 0, workingBytes = null } = first;
    return {
      ...{ engine, threads, process, difference, workingBytes },
      elapsedMs: elapsedMs > LONG_RUN_MS ? [elapsedMs] : [],
      detail: prepared.detail ?? "",
    };
  };

  const isDone = ({ elapsedMs }: Turn): boolean =>
    elapsedMs.length >= effort.repeats ||
    elapsedMs.reduce((sum, value) => sum + value, 0) >= effort.budgetMs;

  const runOnce = async (turn: Turn): Promise<void> => {
    await sleep(SETTLE_MS);
    const { elapsedMs = 0, workingBytes = null } = await turn.process.ask({ command: "run" });
    turn.elapsedMs.push(elapsedMs);
    turn.workingBytes = workingBytes;
  };

  const finish = ({ process, ...turn }: Turn): void => {
    measurements.push({
      ...turn,
      peakBytes: process.peakBytes(),
      reference: reference?.engine ?? null,
    });
  };

  /** Runs the engines in turn: round after round, each one that is not done has a run. */
  const takeTurns = async (group: readonly Contender[]): Promise<void> => {
    let turns: Turn[] = [];
    for (const contender of group) {
      if (fleet.absences.has(contender.engine.id)) continue;
      const turn = await attempt(contender, () => begin(contender));
      if (turn !== undefined) turns.push(turn);
    }
    while (turns.length > 0) {
      for (const turn of turns.filter(isDone)) finish(turn);
      turns = turns.filter((turn) => !isDone(turn));
      for (const turn of turns) {
        const ran = await attempt(turn, async () => {
          await runOnce(turn);
          return true;
        });
        if (ran === undefined) turns = turns.filter((other) => other !== turn);
      }
    }
  };

  if (width * height < ALONE_PIXELS) {
    await takeTurns(contenders);
  } else {
    await fleet.close();
    for (const contender of contenders) {
      await takeTurns([contender]);
      await fleet.drop(contender);
    }
  }
  await rm(picture);
  if (reference !== undefined) await rm(reference.path);
  measurements.sort((a, b) => contenders.findIndex(same(a)) - contenders.findIndex(same(b)));
  return { measurements, failures };
}

/** @throws Error for a wrong result, whose speed nobody is to see */
function checkDifference(
  { maxAbs, psnr }: Difference,
  precision: "float32" | "bf16",
  reference: string,
): void {
  const isRight =
    precision === "bf16" ? psnr === null || psnr >= MIN_PSNR_BF16 : maxAbs <= MAX_DIFFERENCE;
  if (isRight) return;
  const figures = `${maxAbs.toExponential(1)}, ${psnr?.toFixed(1)} dB`;
  throw new Error(`a wrong result: it differs from ${reference}'s by ${figures}`);
}

function same(a: Contender): (b: Contender) => boolean {
  return (b) => a.engine === b.engine && a.threads === b.threads;
}
