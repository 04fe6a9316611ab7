import { NafnetError } from "../base/errors.ts";
import { Lifetime } from "../base/Lifetime.ts";
import { Semaphore } from "../base/Semaphore.ts";
import type { FloatImage } from "../image/FloatImage.ts";
import type { Estimate, Plan, RunOptions, RunResult } from "./Engine.ts";
import type { Precision } from "./EngineOptions.ts";
import { availableThreads } from "./machine/availableThreads.ts";

/**
 * A plan as an engine implements it: a run begins at once. {@link QueuedPlan} lets one run be at work at a
 * time, disposes when none is, and calls nothing after that.
 */
export interface BarePlan
  extends Pick<Plan, "engine" | "isa" | "threads" | "precision" | "estimate"> {
  run(image: FloatImage, options: RunOptions): Promise<RunResult>;
  dispose(): void;
}

let processProcessors: Semaphore | undefined;

/** The processors that the process may use; not counted before the first run. */
function processorsOfProcess(): Semaphore {
  processProcessors ??= new Semaphore(availableThreads());
  return processProcessors;
}

/**
 * A plan whose runs wait for each other and for processors, in the order of the calls: all runs at work in
 * the process have together no more threads than there are processors. Two networks at once would share the
 * same cores, and each plans with all of the memory that it finds free.
 */
export class QueuedPlan implements Plan {
  readonly engine: string;
  readonly isa: string | null;
  readonly threads: number | null;
  readonly precision: Precision;
  private readonly plan: BarePlan;
  private readonly processors: () => Semaphore;
  /** One run of this plan at a time: a run that waits for another must not hold processors. */
  private readonly mutex: Semaphore = new Semaphore(1);
  private readonly lifetime: Lifetime;

  /** @param plan this plan's from now on */
  constructor(plan: BarePlan, processors: () => Semaphore = processorsOfProcess) {
    this.engine = plan.engine;
    this.isa = plan.isa;
    this.threads = plan.threads;
    this.precision = plan.precision;
    this.plan = plan;
    this.processors = processors;
    this.lifetime = new Lifetime(
      () => plan.dispose(),
      () => disposedError(plan.engine),
    );
  }

  estimate(width: number, height: number): Promise<Estimate> {
    return this.lifetime.use(() => this.plan.estimate(width, height));
  }

  run(image: FloatImage, options: RunOptions = {}): Promise<RunResult> {
    const { signal } = options;
    const runNow = (): Promise<RunResult> => this.plan.run(image, options);
    return this.lifetime.use(() =>
      this.mutex.use(1, signal, () => {
        const processors = this.processors();
        // tfjs does not say how many threads its backend has; more than there are processors need no more.
        const threads = Math.min(this.threads ?? Infinity, processors.capacity);
        return processors.use(threads, signal, runNow);
      }),
    );
  }

  dispose(): void {
    this.lifetime.end();
  }
}

function disposedError(engine: string): NafnetError {
  return new NafnetError(
    "ENGINE_FAILED",
    `Expected a plan with its weights but this one of ${engine} has been disposed; compile another.`,
  );
}
