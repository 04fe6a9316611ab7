import { ABORTED, allocateOutput } from "../allocateOutput.ts";
import type { FusedModule, PlanHandle, PlanOutcome, PlanRun } from "../FusedModule.ts";
import { RunControl } from "../runAbortable.ts";
import type { Binding, NativePlan } from "./binding.ts";

/** The addon's functions in the shape that every build of the fused engine has. */
export function nativeModule(binding: Binding): FusedModule {
  return {
    isas: binding.isas.split(","),
    mostMemoryBytes: Number.POSITIVE_INFINITY,
    bfloat16Unit: (isa) => binding.bfloat16Unit(isa),
    createPlan: async (code, weights, { isa, precision, threads }) =>
      planHandle(binding, await binding.createPlan(code, weights, isa, precision, threads)),
    peakGflops: (isa, precision, threads, milliseconds) =>
      binding.peakGflops(isa, precision, threads, milliseconds),
  };
}

function planHandle(binding: Binding, plan: NativePlan): PlanHandle {
  return {
    isa: plan.isa,
    estimate: (width, height, maxMemoryBytes, hasScratch) =>
      binding.estimate(plan, width, height, maxMemoryBytes, hasScratch),
    run: (run) => runPlan(binding, plan, run),
    dispose: () => binding.dispose(plan),
  };
}

async function runPlan(binding: Binding, plan: NativePlan, run: PlanRun): Promise<PlanOutcome> {
  const { input, width, height, maxMemoryBytes, scratchFolder, signal } = run;
  if (signal?.aborted) return ABORTED;
  const output = allocateOutput(input.length);
  if ("status" in output) return output;
  const control = new RunControl(run, () => binding.abort(plan));
  const outcome = await control.finish(
    // A wrong argument throws at once; as a rejection it takes the same way as everything else.
    Promise.resolve().then(() =>
      binding.run(
        plan,
        input,
        output,
        width,
        height,
        maxMemoryBytes,
        scratchFolder,
        control.onProgress,
      ),
    ),
  );
  return outcome.status === "ok" ? { ...outcome, output } : outcome;
}
