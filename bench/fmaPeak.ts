/** The machine's peak of multiply-adds, which the engines' speeds are compared with. */

import { chooseIsa, forcedIsa } from "../src/engine/fused/chooseIsa.ts";
import { loadModule } from "../src/engine/fused/FusedEngine.ts";
import type { FusedModule } from "../src/engine/fused/FusedModule.ts";

/** 10^9 operations a second by the number of threads; null where it cannot be measured. */
export type PeakGflops = Readonly<Record<string, number | null>>;

/** Duration of a measurement: long enough to be at work when a neighbour sleeps. */
const MEASURE_MS = 150;

/** The highest of several measurements, since any disturbance makes one lower. */
export class FmaPeak {
  /** The reason why there are no figures. */
  readonly absence: string | undefined;
  private readonly module: FusedModule | undefined;
  private readonly threads: readonly number[];
  private readonly highest: Record<"float32" | "bf16", Map<number, number>> = {
    float32: new Map(),
    bf16: new Map(),
  };

  private constructor(threads: readonly number[], module: FusedModule | undefined, absence = "") {
    this.threads = threads;
    this.module = module;
    this.absence = absence || undefined;
  }

  /** @param threads the counts to measure with */
  static async create(threads: readonly number[]): Promise<FmaPeak> {
    try {
      return new FmaPeak(threads, await loadModule("native"));
    } catch (error) {
      return new FmaPeak(threads, undefined, (error as Error).message.split("\n")[0]);
    }
  }

  /** Measures once more; to be called again and again between the engines' runs. */
  async measure(): Promise<void> {
    if (this.module === undefined) return;
    const isa = chooseIsa(this.module.isas, forcedIsa(), "native");
    const hasBf16 = this.module.bfloat16Unit(isa) !== null;
    for (const precision of hasBf16 ? (["float32", "bf16"] as const) : (["float32"] as const)) {
      for (const threads of this.threads) {
        const peak = await this.module.peakGflops(isa, precision, threads, MEASURE_MS);
        const highest = this.highest[precision];
        highest.set(threads, Math.max(peak, highest.get(threads) ?? 0));
      }
    }
  }

  gflops(precision: "float32" | "bf16", threads: number): number | null {
    return this.highest[precision].get(threads) ?? null;
  }

  table(precision: "float32" | "bf16"): PeakGflops {
    return Object.fromEntries(this.threads.map((n) => [`${n}`, this.gflops(precision, n)]));
  }
}
