import type { Program } from "../../../graph/ProgramWriter.ts";
import type { PlanOptions } from "../FusedModule.ts";
import type { Platform } from "./Platform.ts";
import { WorkerPool } from "./WorkerPool.ts";

/** A program and its weights: the source of a {@link WorkerPoolFactory}. */
interface PlanSource {
  readonly platform: Platform;
  readonly module: WebAssembly.Module;
  /** Copied. */
  readonly program: Program;
  readonly options: PlanOptions;
}

/** Makes worker pools with a plan in them: keeps the program and the weights, so that it can do so again. */
export class WorkerPoolFactory {
  readonly platform: Platform;
  readonly module: WebAssembly.Module;
  readonly program: Program;
  readonly options: PlanOptions;

  constructor({ platform, module, program, options }: PlanSource) {
    this.platform = platform;
    this.module = module;
    const { code, flopsPerPixel } = program;
    // Shared, the workers read them in place.
    const weights = platform.sharesMemory
      ? new Float32Array(new SharedArrayBuffer(program.weights.byteLength))
      : new Float32Array(program.weights.length);
    weights.set(program.weights);
    this.program = { code: code.slice(), weights, flopsPerPixel: flopsPerPixel.slice() };
    this.options = options;
  }

  /** @returns a pool, which the caller terminates, and the instruction set of its plan */
  async create(): Promise<{ readonly pool: WorkerPool; readonly isa: string }> {
    const { isa, precision, threads } = this.options;
    const pool = new WorkerPool(this.platform, this.module, threads);
    const { program } = this;
    try {
      const actualIsa = await pool.request(
        { kind: "createPlan", ...pool.init, program, isa, precision },
        (reply) => (reply.kind === "planCreated" ? { result: reply.isa } : undefined),
      );
      return { pool, isa: actualIsa };
    } catch (error) {
      pool.terminate("The plan could not be made.");
      throw error;
    }
  }
}
