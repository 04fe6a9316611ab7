/** Measurements with ratios derived from them: the rows of the JSON and of the table. */

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
  /** 10^9 operations a second, by the median time. */
  readonly gflops: number;
  /** Percentage of the peak of multiply-adds of that precision with as many threads; null where that is not known. */
  readonly percentOfPeak: number | null;
  /** Speed relative to the fastest peer of the same precision in this run; null for peers. */
  readonly ratioToBestPeer: number | null;
  /** Speed relative to tfjs-backend-wasm, which has one thread. */
  readonly ratioToTfjsWasm: number | null;
  /** Speed relative to the same engine with one thread. */
  readonly ratioToOneThread: number | null;
  /** Most resident memory of the process, its runtime included. */
  readonly peakBytes: number | null;
  /** Bytes that the engine held, by its own count. */
  readonly workingBytes: number | null;
  /** Largest difference from the reference's result, values 0–1; null for the reference, or if there is none. */
  readonly maxAbsDifference: number | null;
  /** PSNR against the reference, in dB. */
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
