import type { Program } from "../../../graph/ProgramWriter.ts";
import type { Precision } from "../../EngineOptions.ts";
import type {
  CoreOutcome,
  EstimateRequest,
  PlanEstimate,
  PlanOptions,
  RunRequest,
} from "../FusedModule.ts";

/** A plan of the addon, whose functions refuse any other object. */
export interface NativePlan {
  readonly isa: string;
}

/** A run and its plan. Both arrays may not change hands until it has ended: other threads work on them. */
interface NativeRun extends Omit<RunRequest, "signal"> {
  readonly plan: NativePlan;
  /** As large as the input. */
  readonly output: Float32Array;
}

/** The functions that native/binding exports. */
export interface Binding {
  readonly abiVersion: number;
  /** Instruction sets, separated by commas. */
  readonly isas: string;
  bfloat16Unit(isa: string): string | null;
  createPlan(options: Program & PlanOptions): Promise<NativePlan>;
  estimate(request: EstimateRequest & { readonly plan: NativePlan }): PlanEstimate;
  run(request: NativeRun): Promise<CoreOutcome>;
  abort(plan: NativePlan): void;
  dispose(plan: NativePlan): void;
  peakGflops(
    isa: string,
    precision: Precision,
    threads: number,
    milliseconds: number,
  ): Promise<number>;
}
