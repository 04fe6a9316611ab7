import { Semaphore } from "../base/Semaphore.ts";
import type { Estimate, FloatImage, Plan, RunOptions, RunResult } from "./Engine.ts";
import type { Precision } from "./EngineOptions.ts";
import { availableThreads } from "./machine/availableThreads.ts";

let ofProcess: Semaphore | undefined;

/** The processors that the process may use; not counted before the first run. */
function processorsOfProcess(): Semaphore {
  ofProcess ??= new Semaphore(availableThreads());
  return ofProcess;
}

/**
 * A plan that shares the processors with the other plans of the process: the runs at work have together no
 * more threads than there are processors, the others wait in the order of the calls. Two networks at once
 * would share the same cores, and each plans with all of the memory that it finds free.
 */
export class SharedPlan implements Plan {
  readonly engine: string;
  readonly isa: string | null;
  readonly threads: number | null;
  readonly precision: Precision;
  private readonly plan: Plan;
  private readonly processors: () => Semaphore;
  /** Runs of one plan are one after the other: a run that waits for another must not hold processors. */
  private readonly turn: Semaphore = new Semaphore(1);

  /** @param plan this plan's from now on */
  constructor(plan: Plan, processors: () => Semaphore = processorsOfProcess) {
    this.engine = plan.engine;
    this.isa = plan.isa;
    this.threads = plan.threads;
    this.precision = plan.precision;
    this.plan = plan;
    this.processors = processors;
  }

  estimate(width: number, height: number): Promise<Estimate> {
    return this.plan.estimate(width, height);
  }

  run(image: FloatImage, options: RunOptions = {}): Promise<RunResult> {
    const { signal } = options;
    return this.turn.use(1, signal, () => {
      const processors = this.processors();
      // tfjs does not say how many threads its backend has; more than there are processors need no more.
      const threads = Math.min(this.threads ?? Infinity, processors.capacity);
      return processors.use(threads, signal, () => this.plan.run(image, options));
    });
  }

  dispose(): void {
    this.plan.dispose();
  }
}
