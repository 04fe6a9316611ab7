import { allocateOutput } from "../allocateOutput.ts";
import type { FusedModule, PlanHandle, RunOutcome, RunRequest } from "../FusedModule.ts";
import { runAbortable } from "../runAbortable.ts";
import type { Binding, NativePlan } from "./binding.ts";

/** The addon's functions in the shape that every build of the fused engine has. */
export function nativeModule(binding: Binding): FusedModule {
  return {
    isas: binding.isas.split(","),
    mostMemoryBytes: Number.POSITIVE_INFINITY,
    bfloat16Unit: (isa) => binding.bfloat16Unit(isa),
    createPlan: async (program, options) =>
      planHandle(binding, await binding.createPlan({ ...program, ...options })),
    peakGflops: (isa, precision, threads, milliseconds) =>
      binding.peakGflops(isa, precision, threads, milliseconds),
  };
}

function planHandle(binding: Binding, plan: NativePlan): PlanHandle {
  return {
    isa: plan.isa,
    estimate: (request) => binding.estimate({ ...request, plan }),
    run: (request) => runPlan(binding, plan, request),
    dispose: () => binding.dispose(plan),
  };
}

async function runPlan(
  binding: Binding,
  plan: NativePlan,
  request: RunRequest,
): Promise<RunOutcome> {
  const output = allocateOutput(request.input.length);
  if ("status" in output) return output;
  const outcome = await runAbortable(
    request,
    () => binding.abort(plan),
    (onProgress) => binding.run({ ...request, plan, output, onProgress }),
  );
  return outcome.status === "ok" ? { ...outcome, output } : outcome;
}
