import type { ChunkStream } from "./ChunkStream.ts";
import { Instance } from "./Instance.ts";
import type { CreatePlanRequest, WorkerInit, WorkRequest } from "./messages.ts";
import type { Address } from "./moduleInterface.ts";
import type { WorkerScope } from "./Platform.ts";
import { runInWorker, type WorkerPlan } from "./runInWorker.ts";
import { WorkerImports } from "./WorkerImports.ts";
import { INITIAL_PAGES } from "./wasmMemory.ts";

/** Stack of a worker that joins a pool. */
const JOINED_STACK_BYTES = 2 ** 20;

/** An instance with a pool of threads. */
interface InstanceWithPool {
  readonly instance: Instance;
  readonly pool: Address;
}

/** A worker's answers to requests: it makes a plan and runs it, or works for the pool of the worker that does. */
export class RequestHandler {
  private readonly scope: WorkerScope;
  private readonly stream: ChunkStream;
  private readonly imports: WorkerImports;
  /** The plan to run, once it has been created. */
  private plan: WorkerPlan | undefined;

  constructor(scope: WorkerScope, stream: ChunkStream) {
    this.scope = scope;
    this.stream = stream;
    this.imports = new WorkerImports(scope);
  }

  async handle(request: WorkRequest): Promise<void> {
    switch (request.kind) {
      case "createPlan":
        return this.createPlan(request);
      case "joinPool": {
        const { exports } = await this.createInstance(request, false);
        if (exports.__stack_pointer !== undefined) exports.__stack_pointer.value = request.stackTop;
        exports.nafnet_pool_join?.(request.pool, request.thread); // returns when the pool ends
        return;
      }
      case "run": {
        if (this.plan === undefined) throw new Error("There is no plan to run.");
        this.scope.reply({ kind: "runEnded", outcome: await runInWorker(this.plan, request) });
        return;
      }
      case "measurePeak": {
        const { instance, pool } = await this.createPool(request);
        const { isa, precision, milliseconds } = request;
        const gflops = instance.peakGflops(isa, precision, pool, milliseconds);
        this.scope.reply({ kind: "peakMeasured", gflops });
        return;
      }
      default:
        request satisfies never;
    }
  }

  private async createPlan(request: CreatePlanRequest): Promise<void> {
    const { program, isa, precision, threads, maxPages } = request;
    const { instance, pool } = await this.createPool(request);
    const plan = instance.createPlan({ program, hasWeights: true, isa, precision });
    const { imports, stream } = this;
    const { scratch } = this.scope;
    this.plan = { plan, pool, threads, maxPages, instance, imports, stream, scratch };
    const actualIsa = instance.text(instance.exports.nafnet_plan_isa(plan));
    this.scope.reply({ kind: "planCreated", isa: actualIsa });
  }

  /** Makes an instance, its pool, and a stack for each of the workers that are to join it. */
  private async createPool(init: WorkerInit): Promise<InstanceWithPool> {
    const instance = await this.createInstance(init, true);
    const pool = instance.exports.nafnet_pool_create(init.threads);
    if (pool === 0) throw new RangeError("The WebAssembly memory has no room for a pool.");
    const stackTops = Array.from(
      { length: init.threads - 1 },
      () => (instance.allocate(JOINED_STACK_BYTES) + JOINED_STACK_BYTES) & ~15,
    );
    this.scope.reply({ kind: "poolCreated", pool, stackTops });
    return { instance, pool };
  }

  private createInstance({ module, memory, maxPages }: WorkerInit, isFirst: boolean) {
    const ownMemory = () => new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: maxPages });
    return Instance.create({
      module,
      memory: memory ?? ownMemory(),
      imports: this.imports,
      isFirst,
    });
  }
}
