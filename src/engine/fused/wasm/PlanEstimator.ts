import type { EstimateRequest, PlanEstimate } from "../FusedModule.ts";
import { Instance } from "./Instance.ts";
import type { Address } from "./moduleInterface.ts";
import type { WorkerPoolFactory } from "./WorkerPoolFactory.ts";

/** Estimates at once, on the event loop, by a plan without weights. */
export class PlanEstimator {
  private readonly factory: WorkerPoolFactory;
  private readonly instance: Instance;
  /** Made for the first estimate. */
  private plan: Address | undefined;

  private constructor(factory: WorkerPoolFactory, instance: Instance) {
    this.factory = factory;
    this.instance = instance;
  }

  static async create(factory: WorkerPoolFactory): Promise<PlanEstimator> {
    const { module, options } = factory;
    return new PlanEstimator(factory, await Instance.createForQueries(module, options.threads > 1));
  }

  estimate(request: EstimateRequest): PlanEstimate {
    const { program, options } = this.factory;
    const { isa, precision, threads } = options;
    this.plan ??= this.instance.createPlan({ program, hasWeights: false, isa, precision });
    return this.instance.estimate(this.plan, { ...request, threads });
  }
}
