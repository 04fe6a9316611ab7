import { throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import type { FloatImage } from "../../image/FloatImage.ts";
import type { Estimate, RunOptions, RunResult } from "../Engine.ts";
import type { Precision } from "../EngineOptions.ts";
import { checkMemory, usableBytes } from "../machine/memory.ts";
import { ProgressRelay } from "../ProgressRelay.ts";
import type { BarePlan } from "../QueuedPlan.ts";
import { runError } from "../runError.ts";
import { expectedGflops } from "./expectedGflops.ts";
import type { FusedModule, PlanEstimate, PlanHandle, RunOutcome } from "./FusedModule.ts";
import { failureError } from "./failureError.ts";
import { RunTimes } from "./RunTimes.ts";

/** kMaxSide of native/src/nafnet.cc: products of sizes stay within the core's integers. */
const MAX_SIDE = 2 ** 20;

/** A compiled program and the circumstances of its runs. */
interface FusedPlanOptions {
  /** {@link BarePlan.engine} */
  readonly label: string;
  readonly module: FusedModule;
  readonly handle: PlanHandle;
  /** Channels of the picture. */
  readonly channels: number;
  readonly threads: number;
  readonly precision: Precision;
  readonly maxMemoryBytes: number | undefined;
  readonly scratchFolder: string;
}

/** The core's estimate for a picture's size, and the memory that it may use for it. */
interface MemoryNeeds {
  readonly core: PlanEstimate;
  /** The float pictures that go in and come out. */
  readonly pictureBytes: number;
  readonly limitBytes: number;
  /** The part of the limit that the pictures leave to the core. */
  readonly coreLimitBytes: number;
}

/** A network that the fused core has compiled: holds runs to the memory limit, times them, explains failures. */
export class FusedPlan implements BarePlan {
  readonly engine: string;
  readonly isa: string;
  readonly threads: number;
  readonly precision: Precision;
  private readonly options: FusedPlanOptions;
  private readonly times: RunTimes = new RunTimes();

  constructor(options: FusedPlanOptions) {
    this.options = options;
    this.engine = options.label;
    this.isa = options.handle.isa;
    this.threads = options.threads;
    this.precision = options.precision;
  }

  async estimate(width: number, height: number): Promise<Estimate> {
    const { core, pictureBytes, limitBytes } = this.needs(width, height);
    const { module } = this.options;
    const elapsedMs =
      this.times.elapsedMs(core.flops) ?? core.flops / 1e6 / (await expectedGflops(module, this));
    return {
      memoryBytes: core.memoryBytes + pictureBytes,
      limitBytes,
      scratchBytes: core.scratchBytes,
      elapsedMs,
    };
  }

  async run(image: FloatImage, { onProgress, signal }: RunOptions): Promise<RunResult> {
    const { width, height, channels } = image;
    const { handle, maxMemoryBytes, scratchFolder } = this.options;
    throwIfAborted(signal);
    const { core, pictureBytes, limitBytes, coreLimitBytes } = this.needs(width, height);
    const memoryBytes = core.memoryBytes + pictureBytes;
    const remedy = maxMemoryBytes === undefined ? "" : ", or raise maxMemoryBytes";
    checkMemory({ memoryBytes, limitBytes }, this.engine, image, remedy);
    this.checkImage(image);
    const progress = new ProgressRelay(onProgress, signal);
    const start = performance.now();
    let outcome: RunOutcome;
    try {
      outcome = await handle.run({
        input: image.data,
        width,
        height,
        maxMemoryBytes: coreLimitBytes,
        scratchFolder,
        onProgress: (fraction) => progress.report(fraction),
        signal,
      });
    } catch (error) {
      progress.rethrow();
      throw runError("ENGINE_FAILED", this.engine, image, messageOf(error), error);
    }
    const elapsedMs = performance.now() - start;
    if (outcome.status === "ok") progress.report(1);
    throwIfAborted(signal); // also where the core was done before it heard of it
    if (outcome.status !== "ok") {
      throw failureError(outcome, { engine: this.engine, width, height, scratchFolder });
    }
    this.times.record(core.flops, elapsedMs);
    const { output: data, peakBytes, scratchBytes, strips, nonFinite } = outcome;
    const peakMemoryBytes = peakBytes + pictureBytes;
    const report = { elapsedMs, peakMemoryBytes, scratchBytes, strips, nonFinite };
    return { width, height, channels, data, report };
  }

  dispose(): void {
    this.options.handle.dispose();
  }

  private needs(width: number, height: number): MemoryNeeds {
    if (Math.max(width, height) > MAX_SIDE) {
      throw new NafnetError(
        "INPUT_TOO_LARGE",
        `${this.engine} takes sides of at most ${MAX_SIDE} pixels but the picture is ${width}x${height}; cut it.`,
      );
    }
    const { module, handle, channels, maxMemoryBytes = usableBytes() } = this.options;
    const limitBytes = Math.min(maxMemoryBytes, module.mostMemoryBytes);
    const pictureBytes = 2 * width * height * channels * Float32Array.BYTES_PER_ELEMENT;
    const coreLimitBytes = Math.max(1, Math.floor(limitBytes - pictureBytes));
    const estimate = (bytes: number): PlanEstimate =>
      handle.estimate({ width, height, maxMemoryBytes: bytes, hasScratch: true });
    const whole = estimate(Infinity);
    const core =
      whole.memoryBytes <= coreLimitBytes
        ? whole
        : whole.leastMemoryBytes <= coreLimitBytes
          ? estimate(coreLimitBytes)
          : { ...whole, memoryBytes: whole.leastMemoryBytes }; // the least that it would have to be given
    return { core, pictureBytes, limitBytes, coreLimitBytes };
  }

  private checkImage(image: FloatImage): void {
    const { width, height, channels, data } = image;
    const expected = width * height * this.options.channels;
    if (channels === this.options.channels && data.length === expected) return;
    throw runError(
      "ENGINE_FAILED",
      this.engine,
      image,
      `expected ${expected} values of ${this.options.channels} channels but received ${data.length} of ${channels}.`,
    );
  }
}
