/** A network that the fused core has compiled: its manners towards the caller. */

import { throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import type { Estimate, FloatImage, RunOptions, RunResult } from "../Engine.ts";
import type { Precision } from "../EngineOptions.ts";
import { checkMemory, usableBytes } from "../machine/memory.ts";
import { ProgressRelay } from "../ProgressRelay.ts";
import type { BarePlan } from "../QueuedPlan.ts";
import { expectedGflops } from "./expectedGflops.ts";
import type { FusedModule, PlanEstimate, PlanHandle, PlanOutcome } from "./FusedModule.ts";
import { RunTimes } from "./RunTimes.ts";

/** kMaxSide of native/src/nafnet.cc: products of sizes stay within the core's integers. */
const MAX_SIDE = 2 ** 20;

interface FusedPlanParts {
  /** {@link BarePlan.engine} */
  readonly label: string;
  readonly module: FusedModule;
  readonly handle: PlanHandle;
  /** Of the picture. */
  readonly channels: number;
  readonly threads: number;
  readonly precision: Precision;
  readonly maxMemoryBytes: number | undefined;
  readonly scratchFolder: string;
}

/** What the core says of a picture's size, and the memory that it may use for it. */
interface Needs {
  readonly core: PlanEstimate;
  /** The float pictures that go in and come out. */
  readonly pictureBytes: number;
  readonly limitBytes: number;
  /** What of the limit the pictures leave to the core. */
  readonly coreLimitBytes: number;
}

export class FusedPlan implements BarePlan {
  readonly engine: string;
  readonly isa: string;
  readonly threads: number;
  readonly precision: Precision;
  private readonly parts: FusedPlanParts;
  private readonly times: RunTimes = new RunTimes();

  constructor(parts: FusedPlanParts) {
    this.parts = parts;
    this.engine = parts.label;
    this.isa = parts.handle.isa;
    this.threads = parts.threads;
    this.precision = parts.precision;
  }

  async estimate(width: number, height: number): Promise<Estimate> {
    const { core, pictureBytes, limitBytes } = this.needs(width, height);
    const { module } = this.parts;
    const elapsedMs =
      this.times.elapsedMs(core.flops) ?? core.flops / 1e6 / (await expectedGflops(module, this));
    return {
      memoryBytes: core.memoryBytes + pictureBytes,
      limitBytes,
      scratchBytes: core.scratchBytes,
      elapsedMs,
    };
  }

  dispose(): void {
    this.parts.handle.dispose();
  }

  async run(image: FloatImage, { onProgress, signal }: RunOptions): Promise<RunResult> {
    const { width, height, channels } = image;
    throwIfAborted(signal);
    const { core, pictureBytes, limitBytes, coreLimitBytes } = this.needs(width, height);
    const memoryBytes = core.memoryBytes + pictureBytes;
    const remedy = this.parts.maxMemoryBytes === undefined ? "" : ", or raise maxMemoryBytes";
    checkMemory({ memoryBytes, limitBytes }, this.engine, image, remedy);
    this.checkImage(image);
    const progress = new ProgressRelay(onProgress, signal);
    const start = performance.now();
    let outcome: PlanOutcome;
    try {
      outcome = await this.parts.handle.run({
        input: image.data,
        width,
        height,
        maxMemoryBytes: coreLimitBytes,
        scratchFolder: this.parts.scratchFolder,
        onProgress: (fraction) => progress.report(fraction),
        signal,
      });
    } catch (error) {
      progress.rethrow();
      throw this.failure("ENGINE_FAILED", image, messageOf(error), error);
    }
    const elapsedMs = performance.now() - start;
    if (outcome.status === "ok") progress.report(1);
    throwIfAborted(signal); // also where the core was done before it heard of it
    if (outcome.status !== "ok") throw this.failureOf(outcome, image);
    this.times.note(core.flops, elapsedMs);
    const { output: data, peakBytes, scratchBytes, strips, nonFinite } = outcome;
    const peakMemoryBytes = peakBytes + pictureBytes;
    const report = { elapsedMs, peakMemoryBytes, scratchBytes, strips, nonFinite };
    return { width, height, channels, data, report };
  }

  private needs(width: number, height: number): Needs {
    if (Math.max(width, height) > MAX_SIDE) {
      throw new NafnetError(
        "INPUT_TOO_LARGE",
        `${this.engine} takes sides of at most ${MAX_SIDE} pixels but the picture is ${width}x${height}; cut it.`,
      );
    }
    const { module, handle, channels, maxMemoryBytes = usableBytes() } = this.parts;
    const limitBytes = Math.min(maxMemoryBytes, module.mostMemoryBytes);
    const pictureBytes = 2 * width * height * channels * Float32Array.BYTES_PER_ELEMENT;
    const coreLimitBytes = Math.max(1, Math.floor(limitBytes - pictureBytes));
    const whole = handle.estimate(width, height, Infinity, true);
    const core =
      whole.memoryBytes <= coreLimitBytes
        ? whole
        : whole.leastMemoryBytes <= coreLimitBytes
          ? handle.estimate(width, height, coreLimitBytes, true)
          : { ...whole, memoryBytes: whole.leastMemoryBytes }; // what it would have to be given
    return { core, pictureBytes, limitBytes, coreLimitBytes };
  }

  private checkImage(image: FloatImage): void {
    const { width, height, channels, data } = image;
    const expected = width * height * this.parts.channels;
    if (channels === this.parts.channels && data.length === expected) return;
    throw this.failure(
      "ENGINE_FAILED",
      image,
      `expected ${expected} values of ${this.parts.channels} channels but received ${data.length} of ${channels}.`,
    );
  }

  private failureOf(
    { status, message }: Exclude<PlanOutcome, { status: "ok" }>,
    image: FloatImage,
  ): NafnetError {
    switch (status) {
      case "out-of-memory":
        return this.failure(
          "MEMORY_LIMIT",
          image,
          `${message}; set a smaller maxMemoryBytes, so that it works in strips, or give a smaller picture.`,
        );
      case "scratch-failed":
        return this.failure(
          "ENGINE_FAILED",
          image,
          `the scratch file in ${this.parts.scratchFolder}: ${message}; free space there, or choose another scratchFolder.`,
        );
      case "aborted": // which nobody asked for
      case "invalid":
        return this.failure("ENGINE_FAILED", image, message);
      default:
        return status satisfies never;
    }
  }

  private failure(
    code: "ENGINE_FAILED" | "MEMORY_LIMIT",
    { width, height }: FloatImage,
    problem: string,
    cause?: unknown,
  ): NafnetError {
    return new NafnetError(
      code,
      `${this.engine} failed on a picture of ${width}x${height}: ${problem}`,
      cause,
    );
  }
}
