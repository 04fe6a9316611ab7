/** What a worker does: makes a plan and runs it, or works for the pool of the one that does. */

import type { Ending } from "../FusedModule.ts";
import { Instance, STATUS } from "./Instance.ts";
import { PIECE_VALUES, type Request, type Start } from "./messages.ts";
import type { WorkerScope } from "./Platform.ts";
import { INITIAL_PAGES, runLimitBytes } from "./wasmMemory.ts";

const BETWEEN_REPORTS_MS = 30;
const HELPER_STACK_BYTES = 2 ** 20;

/** A run's state that the module's calls reach. */
interface Run {
  readonly abort: Int32Array | undefined;
  scratchFailure: string | undefined;
}

/** Serves requests, one after the other, until it is terminated. */
export function serve(scope: WorkerScope): void {
  const engine = new Engine(scope);
  let answer: ((request: Request) => void) | undefined;
  const ask: Ask = (reply, transfer) =>
    new Promise((resolve) => {
      answer = resolve;
      scope.reply(reply, transfer);
    });
  scope.listen((request) => {
    if (request.kind === "piece" || request.kind === "taken") {
      answer?.(request);
      return;
    }
    engine.handle(request, ask).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      scope.reply({ kind: "failed", message });
    });
  });
}

/** Sends a reply that the owner answers. */
type Ask = (
  reply: Parameters<WorkerScope["reply"]>[0],
  transfer?: readonly ArrayBuffer[],
) => Promise<Request>;

class Engine {
  private readonly scope: WorkerScope;
  private instance: Instance | undefined;
  private pages = 0;
  private pool = 0;
  private threads: number = 1;
  private plan = 0;
  private run: Run | undefined;
  private lastReport = 0;

  constructor(scope: WorkerScope) {
    this.scope = scope;
  }

  async handle(request: Exclude<Request, { kind: "piece" | "taken" }>, ask: Ask): Promise<void> {
    switch (request.kind) {
      case "plan": {
        const { code, weights, isa, precision } = request;
        const instance = await this.start(request, true);
        this.openPool(instance, request.threads);
        const fill = (to: Float32Array) => to.set(weights);
        this.plan = instance.createPlan(code, weights.length, fill, isa, precision);
        const actual = instance.text(instance.exports.nafnet_plan_isa(this.plan));
        this.scope.reply({ kind: "planned", isa: actual });
        return;
      }
      case "join": {
        const { exports } = await this.start(request, false);
        if (exports.__stack_pointer !== undefined) exports.__stack_pointer.value = request.stackTop;
        exports.nafnet_pool_join?.(request.pool, request.thread); // returns when the pool ends
        return;
      }
      case "run": {
        const ending = await this.runPlan(request, ask);
        this.scope.reply({ kind: "ended", ending });
        return;
      }
      case "peak": {
        const instance = await this.start(request, true);
        this.openPool(instance, request.threads);
        const { isa, precision, milliseconds } = request;
        const gflops = instance.peakGflops(isa, precision, this.pool, milliseconds);
        this.scope.reply({ kind: "peak", gflops });
        return;
      }
      default:
        request satisfies never;
    }
  }

  private async start({ module, memory, pages }: Start, first: boolean): Promise<Instance> {
    const own = memory ?? new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: pages });
    const { scratch } = this.scope;
    const attempt = (work: () => void): boolean => {
      try {
        work();
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (this.run !== undefined) this.run.scratchFailure ??= reason;
        return false;
      }
    };
    this.pages = pages;
    this.instance = await Instance.create(
      module,
      own,
      {
        progress: (fraction) => this.progress(fraction),
        scratchRead: (file, offset, bytes) => attempt(() => scratch.read(file, offset, bytes)),
        scratchWrite: (file, offset, bytes) => attempt(() => scratch.write(file, offset, bytes)),
      },
      first,
    );
    return this.instance;
  }

  /** Makes the pool and a stack for each of the workers that are to join it. */
  private openPool(instance: Instance, threads: number): void {
    this.pool = instance.exports.nafnet_pool_create(threads);
    this.threads = threads;
    if (this.pool === 0) throw new RangeError("The WebAssembly memory has no room for a pool.");
    const stackTops = Array.from(
      { length: threads - 1 },
      () => (instance.allocate(HELPER_STACK_BYTES) + HELPER_STACK_BYTES) & ~15,
    );
    this.scope.reply({ kind: "pool", pool: this.pool, stackTops });
  }

  private progress(fraction: number): boolean {
    const now = performance.now();
    if (now - this.lastReport >= BETWEEN_REPORTS_MS) {
      this.lastReport = now;
      this.scope.reply({ kind: "progress", fraction });
    }
    const flag = this.run?.abort;
    return flag !== undefined && Atomics.load(flag, 0) !== 0;
  }

  private async runPlan(request: Extract<Request, { kind: "run" }>, ask: Ask): Promise<Ending> {
    const instance = this.instance;
    if (instance === undefined) throw new Error("There is no plan to run.");
    const { scratchFolder, values, abort } = request;
    const run: Run = {
      abort: abort === undefined ? undefined : new Int32Array(abort),
      scratchFailure: undefined,
    };
    this.run = run;
    const taken: number[] = [];
    const allocate = (bytes: number) => {
      const address = instance.allocate(bytes);
      taken.push(address);
      return address;
    };
    let file = -1;
    try {
      const input = allocate(4 * values);
      const output = allocate(4 * values);
      const report = allocate(32);
      await pull(instance, input, values, ask);
      if (scratchFolder !== null && this.needsScratch(instance, request)) {
        file = this.scope.scratch.open(scratchFolder);
      }
      const ending = this.compute(instance, request, input, output, file, report);
      if (ending.status === "ok") await push(instance, output, values, ask);
      return ending;
    } catch (error) {
      // Traps of the module mean that its memory is lost: the owner starts another worker.
      if (error instanceof WebAssembly.RuntimeError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      return { status: error instanceof RangeError ? "out-of-memory" : "scratch-failed", message };
    } finally {
      if (file >= 0) this.scope.scratch.close(file);
      for (const address of taken) instance.free(address);
      this.run = undefined;
    }
  }

  private needsScratch(instance: Instance, request: Extract<Request, { kind: "run" }>): boolean {
    const { width, height, values, maxMemoryBytes } = request;
    const limit = runLimitBytes(this.pages, values, maxMemoryBytes);
    return instance.estimate(this.plan, width, height, this.threads, limit, true).scratchBytes > 0;
  }

  private compute(
    instance: Instance,
    request: Extract<Request, { kind: "run" }>,
    input: number,
    output: number,
    file: number,
    report: number,
  ): Ending {
    const { width, height, values, maxMemoryBytes } = request;
    const { exports } = instance;
    const flag = exports.nafnet_wasm_abort_flag() >>> 0;
    new Int32Array(instance.memory.buffer, flag, 1)[0] = 0;
    const limit = runLimitBytes(this.pages, values, maxMemoryBytes);
    const { plan, pool } = this;
    const status =
      STATUS[
        exports.nafnet_wasm_plan_run(
          ...([plan, input, output, width, height, pool, limit, file, report] as const),
        )
      ] ?? "invalid";
    if (status !== "ok") {
      const reason = this.run?.scratchFailure;
      const scratch = reason === undefined ? "" : ` The scratch file: ${reason}.`;
      return { status, message: `${instance.error() || status}${scratch}` };
    }
    const [peakBytes = 0, scratchBytes = 0, strips = 1, nonFinite = 0] = new Float64Array(
      instance.memory.buffer,
      report,
      4,
    );
    return { status, peakBytes, scratchBytes, strips, nonFinite: nonFinite !== 0 };
  }
}

async function pull(instance: Instance, to: number, count: number, ask: Ask): Promise<void> {
  for (let offset = 0; offset < count; ) {
    const piece = await ask({ kind: "pull", offset, count: count - offset });
    if (piece.kind !== "piece") throw new Error("Expected a piece of the input.");
    instance.floats(to + 4 * offset, piece.data.length).set(piece.data);
    offset += piece.data.length;
  }
}

async function push(instance: Instance, from: number, count: number, ask: Ask): Promise<void> {
  for (let offset = 0; offset < count; offset += PIECE_VALUES) {
    const data = new Float32Array(Math.min(PIECE_VALUES, count - offset));
    data.set(instance.floats(from + 4 * offset, data.length));
    await ask({ kind: "push", offset, data }, [data.buffer]);
  }
}
