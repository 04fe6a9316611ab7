import type { Precision } from "../../EngineOptions.ts";
import type { CoreOutcome, PlanEstimate } from "../FusedModule.ts";

/** A plan of the addon, whose functions refuse any other object. */
export interface NativePlan {
  readonly isa: string;
}

/** The functions that native/binding exports, their arguments in its order. */
export interface Binding {
  readonly abiVersion: number;
  /** Instruction sets, separated by commas. */
  readonly isas: string;
  bfloat16Unit(isa: string): string | null;
  createPlan(
    code: Int32Array,
    weights: Float32Array,
    flopsPerPixel: Float64Array,
    isa: string,
    precision: Precision,
    threads: number,
  ): Promise<NativePlan>;
  estimate(
    plan: NativePlan,
    width: number,
    height: number,
    maxMemoryBytes: number,
    hasScratch: boolean,
  ): PlanEstimate;
  /** Both arrays may not change hands until the promise settles: other threads work on them. */
  run(
    plan: NativePlan,
    input: Float32Array,
    output: Float32Array,
    width: number,
    height: number,
    maxMemoryBytes: number,
    scratchFolder: string | null,
    onProgress: (fraction: number) => void,
  ): Promise<CoreOutcome>;
  abort(plan: NativePlan): void;
  dispose(plan: NativePlan): void;
  peakGflops(
    isa: string,
    precision: Precision,
    threads: number,
    milliseconds: number,
  ): Promise<number>;
}
