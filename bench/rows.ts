/** Measurements with what follows from them: the rows of the JSON and of the table. */

import { flopsOf } from "../src/graph/multiplyAdds.ts";
import type { FmaPeak } from "./fmaPeak.ts";
import type { Measurement } from "./measureCase.ts";
import type { BenchModel, LoadedModel, Size } from "./models.ts";
import { median } from "./statistics.ts";

/** One engine on one network, size and number of threads. */
export interface Row {
  readonly model: string;
  readonly attention: string;
  readonly width: number;
  readonly height: number;
  readonly engine: string;
  readonly threads: number;
  readonly precision: "float32" | "bf16";
  readonly isPeer: boolean;
  readonly runs: number;
  readonly medianMs: number;
  readonly minMs: number;
  /** By the median. */
  readonly gflops: number;
  /** Of what multiply-adds of that precision reach with as many threads; null where that is not known. */
  readonly percentOfPeak: number | null;
  /** How many times faster than the fastest peer of the same precision in this run; null for peers. */
  readonly ratioToBestPeer: number | null;
  /** How many times faster than tfjs-backend-wasm, which has one thread. */
  readonly ratioToTfjsWasm: number | null;
  /** How many times faster than itself with one thread. */
  readonly ratioToOneThread: number | null;
  /** Most resident memory of the process, its runtime included. */
  readonly peakBytes: number | null;
  /** What the engine itself counts. */
  readonly workingBytes: number | null;
  /** From the reference's result, for values 0–1; null for the reference, or if there is none. */
  readonly maxAbsDifference: number | null;
  /** In dB, against the reference. */
  readonly psnr: number | null;
  /** The engine whose result the others are held to. */
  readonly reference: string | null;
  readonly detail: string;
}

/** @param measurements of one case */
export function rowsOf(
  { name, attention }: BenchModel,
  { network }: LoadedModel,
  [width, height]: Size,
  measurements: readonly Measurement[],
  peak: FmaPeak,
): Row[] {
  const flops = flopsOf(network.graph({ tlcBase: null }), width, height);
  const medians = new Map(measurements.map((m) => [m, median(m.elapsedMs)]));
  const ratio = (m: Measurement, others: readonly Measurement[]): number | null => {
    const best = Math.min(...others.map((other) => medians.get(other) ?? Infinity));
    return Number.isFinite(best) ? best / (medians.get(m) ?? Number.NaN) : null;
  };
  return measurements.map((m) => {
    const { engine, threads, elapsedMs, peakBytes, workingBytes, difference } = m;
    const medianMs = medians.get(m) ?? Number.NaN;
    const gflops = flops / medianMs / 1e6;
    const peakGflops = peak.gflops(engine.precision, threads);
    const peers = measurements.filter(
      (other) =>
        other.engine.isPeer &&
        other.engine.precision === engine.precision &&
        (other.threads === threads || !other.engine.hasThreads),
    );
    const tfjsWasm = measurements.filter((other) => other.engine.id === "tfjs-wasm");
    const oneThread = measurements.filter((o) => o.engine === engine && o.threads === 1);
    return {
      ...{ model: name, attention, width, height, engine: engine.id, threads },
      ...{ precision: engine.precision, isPeer: engine.isPeer, runs: elapsedMs.length },
      ...{ medianMs, minMs: Math.min(...elapsedMs), gflops },
      percentOfPeak: peakGflops === null ? null : (100 * gflops) / peakGflops,
      ratioToBestPeer: engine.isPeer ? null : ratio(m, peers),
      ratioToTfjsWasm: ratio(m, tfjsWasm),
      ratioToOneThread: threads === 1 ? null : ratio(m, oneThread),
      ...{ peakBytes, workingBytes },
      maxAbsDifference: difference?.maxAbs ?? null,
      psnr: difference?.psnr ?? null,
      reference: m.reference,
      detail: m.detail,
    };
  });
}
