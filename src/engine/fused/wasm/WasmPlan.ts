/** A plan of the WebAssembly engine: its workers, started when there is work and let go when there is none. */

import { ABORTED, allocateOutput } from "../allocateOutput.ts";
import type {
  PlanEstimate,
  PlanHandle,
  PlanOptions,
  PlanOutcome,
  PlanRun,
} from "../FusedModule.ts";
import { RunControl } from "../runAbortable.ts";
import { Instance } from "./Instance.ts";
import { PIECE_VALUES } from "./messages.ts";
import type { Platform } from "./Platform.ts";
import { Team } from "./WorkerPool.ts";
import { INITIAL_PAGES, MOST_PAGES, runLimitBytes } from "./wasmMemory.ts";

/** WebAssembly's memory never shrinks: the workers are let go after this while, and the memory with them. */
const IDLE_MS = 1000;

/** Where a program says how many channels the picture has, see Program.ts. */
const CHANNELS_INDEX = 3;

export class WasmPlan implements PlanHandle {
  readonly isa: string;
  private readonly maker: Maker;
  private readonly channels: number;
  private readonly estimator: Estimator;
  private team: Team | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;

  private constructor(maker: Maker, isa: string, team: Team, estimator: Estimator) {
    this.maker = maker;
    this.isa = isa;
    this.team = team;
    this.channels = maker.code[CHANNELS_INDEX] ?? 1;
    this.estimator = estimator;
    this.rest();
  }

  static async create(maker: Maker): Promise<WasmPlan> {
    const { team, isa } = await maker.make();
    return new WasmPlan(maker, isa, team, await Estimator.create(maker));
  }

  estimate(
    width: number,
    height: number,
    maxMemoryBytes: number,
    hasScratch: boolean,
  ): PlanEstimate {
    const values = width * height * this.channels;
    const limit = runLimitBytes(MOST_PAGES, values, maxMemoryBytes);
    return this.estimator.estimate(width, height, limit, hasScratch);
  }

  async run(run: PlanRun): Promise<PlanOutcome> {
    if (run.signal?.aborted) return ABORTED;
    clearTimeout(this.idle);
    try {
      return await this.runOnTeam(run);
    } finally {
      this.rest();
    }
  }

  dispose(): void {
    clearTimeout(this.idle);
    this.release();
  }

  private async runOnTeam(run: PlanRun): Promise<PlanOutcome> {
    const { input, width, height } = run;
    const values = width * height * this.channels;
    if (input.length !== values) {
      throw new Error(`Expected ${values} values for input but received ${input.length}.`);
    }
    const output = allocateOutput(values);
    if ("status" in output) return output;
    const team = this.team ?? (await this.maker.make()).team;
    this.team = team;
    const flag = this.maker.platform.sharesMemory ? new SharedArrayBuffer(4) : undefined;
    let isAborted = false;
    const control = new RunControl(run, () => {
      isAborted = true;
      if (flag !== undefined) Atomics.store(new Int32Array(flag), 0, 1);
      else this.release(); // nothing else reaches a worker that computes
    });
    try {
      return await control.finish(this.converse(team, run, values, output, flag, control));
    } catch (error) {
      this.release(); // a trap leaves the memory in no known state
      if (isAborted && flag === undefined) return ABORTED;
      throw error;
    }
  }

  private converse(
    team: Team,
    { input, width, height, maxMemoryBytes, scratchFolder }: PlanRun,
    values: number,
    output: Float32Array,
    abort: SharedArrayBuffer | undefined,
    control: RunControl,
  ): Promise<PlanOutcome> {
    const request = { kind: "run", width, height, values, maxMemoryBytes } as const;
    return team.request<PlanOutcome>({ ...request, scratchFolder, abort }, (reply) => {
      switch (reply.kind) {
        case "pull": {
          const end = reply.offset + Math.min(PIECE_VALUES, reply.count);
          const data = new Float32Array(end - reply.offset);
          data.set(input.subarray(reply.offset, end));
          team.post({ kind: "piece", data }, [data.buffer]);
          return undefined;
        }
        case "push":
          output.set(reply.data, reply.offset);
          team.post({ kind: "taken" });
          return undefined;
        case "progress":
          control.onProgress(reply.fraction);
          return undefined;
        case "ended":
          return {
            result: reply.ending.status === "ok" ? { ...reply.ending, output } : reply.ending,
          };
        default:
          throw new Error(`Expected news of the run but received ${reply.kind}.`);
      }
    });
  }

  private rest(): void {
    if (this.team === undefined) return;
    this.idle = setTimeout(() => this.release(), IDLE_MS);
    // Node's timers keep the program alive unless told otherwise; a browser's are numbers.
    if (typeof this.idle === "object") this.idle.unref();
  }

  private release(): void {
    const team = this.team;
    this.team = undefined;
    team?.terminate("The run was ended.");
  }
}

/** What a plan is made from, kept so that it can be made again. */
export class Maker {
  readonly platform: Platform;
  readonly module: WebAssembly.Module;
  readonly code: Int32Array;
  readonly weights: Float32Array;
  readonly options: PlanOptions;

  constructor(
    platform: Platform,
    module: WebAssembly.Module,
    code: Int32Array,
    weights: Float32Array,
    options: PlanOptions,
  ) {
    this.platform = platform;
    this.module = module;
    this.code = code.slice();
    // Shared, the workers read them in place.
    this.weights = platform.sharesMemory
      ? new Float32Array(new SharedArrayBuffer(weights.byteLength))
      : new Float32Array(weights.length);
    this.weights.set(weights);
    this.options = options;
  }

  async make(): Promise<{ readonly team: Team; readonly isa: string }> {
    const { isa, precision, threads } = this.options;
    const team = new Team(this.platform, this.module, threads);
    const { code, weights } = this;
    try {
      const actual = await team.request(
        { kind: "plan", ...team.start, code, weights, isa, precision },
        (reply) => (reply.kind === "planned" ? { result: reply.isa } : undefined),
      );
      return { team, isa: actual };
    } catch (error) {
      team.terminate("The plan could not be made.");
      throw error;
    }
  }
}

/** Estimates at once, on the event loop, by a plan without weights. */
class Estimator {
  private readonly maker: Maker;
  private readonly instance: Instance;
  private plan: number | undefined;

  private constructor(maker: Maker, instance: Instance) {
    this.maker = maker;
    this.instance = instance;
  }

  static async create(maker: Maker): Promise<Estimator> {
    const limits = { initial: INITIAL_PAGES, maximum: MOST_PAGES };
    const memory = new WebAssembly.Memory({ ...limits, shared: maker.options.threads > 1 });
    const unused = () => false;
    const imports = { progress: unused, scratchRead: unused, scratchWrite: unused };
    return new Estimator(maker, await Instance.create(maker.module, memory, imports, true));
  }

  estimate(width: number, height: number, limit: number, hasScratch: boolean): PlanEstimate {
    const { code, weights, options } = this.maker;
    this.plan ??= this.instance.createPlan(
      ...([code, weights.length, null, options.isa, options.precision] as const),
    );
    const { threads } = options;
    return this.instance.estimate(this.plan, width, height, threads, limit, hasScratch);
  }
}
