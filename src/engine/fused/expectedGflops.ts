/** The speed to expect of a machine before anything has run on it: that of its multiply-adds, times a measured share. */

import type { FusedModule, PlanOptions } from "./FusedModule.ts";

/**
 * The share of an instruction set's peak that networks reach: the middle of what was measured on one thread with the
 * default weights at 256x256 and 512x512 and with NAFNet of width 32 at 256x256. float32: avx512 0.58–0.77,
 * avx2 0.47–0.72, sse2 0.42–0.61; bf16: 0.42–0.70.
 */
const EFFICIENCY: Readonly<Record<string, number>> = {
  avx512: 0.66,
  avx2: 0.58,
  sse2: 0.51,
  simd128: 0.5,
};
const BF16_EFFICIENCY: Readonly<Record<string, number>> = {
  "avx512-bf16": 0.55,
  // Reckoned, not measured: the products at eight times the speed of avx512-bf16, the rest of a run at the same.
  "amx-bf16": 0.18,
};
/** The share of an instruction set that has not been measured. */
const USUAL_EFFICIENCY = 0.5;
/** Time of the measurement: long enough for the clock to settle and a busy neighbour to show, short enough not to be noticed. */
const CALIBRATION_MS = 15;

/** Peaks of each module by instruction set, precision and threads. */
const measured = new WeakMap<FusedModule, Map<string, Promise<number>>>();

/** The 10^9 operations a second that a network will reach; measured once a module, instruction set, precision and count of threads. */
export async function expectedGflops(
  module: FusedModule,
  { isa, precision, threads }: PlanOptions,
): Promise<number> {
  const known = measured.get(module) ?? new Map<string, Promise<number>>();
  measured.set(module, known);
  const key = `${isa} ${precision} ${threads}`;
  const peak = known.get(key) ?? module.peakGflops(isa, precision, threads, CALIBRATION_MS);
  known.set(key, peak);
  peak.catch(() => known.delete(key)); // a failure is not kept
  const share =
    precision === "bf16" ? BF16_EFFICIENCY[module.bfloat16Unit(isa) ?? ""] : EFFICIENCY[isa];
  return (share ?? USUAL_EFFICIENCY) * (await peak);
}
