/** A module of the fused engine that computes nothing: the picture comes back, and each call is noted. */

import { setImmediate } from "node:timers/promises";
import type {
  FusedModule,
  PlanEstimate,
  PlanOptions,
  RunOutcome,
  RunRequest,
} from "../../../src/engine/fused/FusedModule.ts";

export interface FakeOptions {
  readonly isas?: readonly string[];
  readonly bfloat16?: readonly string[];
  readonly mostMemoryBytes?: number;
  readonly estimate?: Partial<PlanEstimate>;
  /** The end of a run, in place of the picture. */
  readonly outcome?: (run: RunRequest) => RunOutcome | Promise<RunOutcome>;
  readonly peak?: () => Promise<number>;
}

export interface Fake {
  readonly module: FusedModule;
  /** E.g. `run 24x20`, `end 24x20`, `dispose`. */
  readonly calls: string[];
  readonly runs: RunRequest[];
  readonly plans: PlanOptions[];
}

const STEPS = 10;
export const FLOPS_PER_PIXEL = 1e6;

export function fakeModule(options: FakeOptions = {}): Fake {
  const { isas = ["avx512", "avx2", "sse2"], bfloat16 = ["avx512"] } = options;
  const calls: string[] = [];
  const runs: RunRequest[] = [];
  const plans: PlanOptions[] = [];
  const module: FusedModule = {
    isas,
    mostMemoryBytes: options.mostMemoryBytes ?? Number.POSITIVE_INFINITY,
    bfloat16Unit: (isa) => (bfloat16.includes(isa) ? `${isa}-bf16` : null),
    async createPlan(_program, planOptions) {
      plans.push(planOptions);
      return {
        isa: planOptions.isa,
        estimate: ({ width, height }) => ({
          memoryBytes: 100 * width * height,
          scratchBytes: 0,
          flops: FLOPS_PER_PIXEL * width * height,
          leastMemoryBytes: 1000,
          ...options.estimate,
        }),
        async run(run) {
          runs.push(run);
          const size = `${run.width}x${run.height}`;
          calls.push(`run ${size}`);
          const outcome = await (options.outcome ?? copy)(run);
          calls.push(`end ${size}`);
          return outcome;
        },
        dispose: () => calls.push("dispose"),
      };
    },
    async peakGflops(isa, precision, threads) {
      calls.push(`peak ${isa} ${precision} ${threads}`);
      return options.peak?.() ?? 100;
    },
  };
  return { module, calls, runs, plans };
}

/** Reports progress and polls the signal as the core does. */
async function copy({ input, onProgress, signal }: RunRequest): Promise<RunOutcome> {
  for (let step = 1; step <= STEPS; step++) {
    await setImmediate();
    if (signal?.aborted) return { status: "aborted", message: "The run was aborted." };
    onProgress(step / STEPS);
  }
  return {
    status: "ok",
    output: input.slice(),
    peakBytes: 5000,
    scratchBytes: 0,
    strips: 1,
    nonFinite: false,
  };
}
