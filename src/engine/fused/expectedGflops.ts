/** How fast a machine will be before anything has run on it: what its multiply-adds reach, times a share. */

import type { Precision } from "../EngineOptions.ts";
import type { FusedModule } from "./FusedModule.ts";

/**
 * What networks get of the peak of an instruction set: the middle of what was measured on one thread with the
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
/** Of one that has not been measured. */
const USUAL_EFFICIENCY = 0.5;
/** Long enough for the clock to settle and a busy neighbour to show, short enough not to be noticed. */
const CALIBRATION_MS = 15;

/** Of each module by instruction set, precision and threads. */
const measured = new WeakMap<FusedModule, Map<string, Promise<number>>>();

/** @returns 10^9 operations a second that a network will reach; measured once a module and way to run */
export async function expectedGflops(
  module: FusedModule,
  way: { readonly isa: string; readonly precision: Precision; readonly threads: number },
): Promise<number> {
  const { isa, precision, threads } = way;
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
