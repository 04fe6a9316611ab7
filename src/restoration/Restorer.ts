/** A network on an engine, loaded once for many pictures. */

import { throwIfAborted } from "../base/abort.ts";
import { runAsync } from "../base/interruptible.ts";
import { Lifetime } from "../base/Lifetime.ts";
import type { Engine, Estimate, Plan, RunResult } from "../engine/Engine.ts";
import { alphaOf } from "../image/alphaOf.ts";
import type { FloatImage } from "../image/FloatImage.ts";
import { restoreTransparent } from "../image/fillTransparent.ts";
import type { ImageSource, ReadImage } from "../io/readImage.ts";
import type { Network } from "../models/Architecture.ts";
import type { WeightsMetadata } from "../weights/Weights.ts";
import type { Analysis } from "./analysis/Analysis.ts";
import { checkedRun } from "./checks/checkedRun.ts";
import { createRestoredImage } from "./createRestoredImage.ts";
import { disposedError } from "./disposedError.ts";
import { disposeWhenLoaded } from "./disposeWhenLoaded.ts";
import { dropMaskChannel } from "./inpaint/maskChannel.ts";
import { networkInput } from "./networkInput.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import type { RestoreOptions } from "./RestoreOptions.ts";
import { readPicture } from "./readPicture.ts";
import type { Task } from "./tasks.ts";

/** See {@link createRestorer}. */
export class Restorer {
  /** The task that it was made for. */
  readonly task: Task;
  /** The engine and what it runs on, e.g. `native (avx512)`, `tfjs (wasm)`. */
  readonly engine: string;
  /** One line about the network. */
  readonly network: string;
  /** Task, licence, training and origin of the weights, as far as they are known. */
  readonly weights: WeightsMetadata;
  /** Sentences for the user about the weights: keys that were left out, which of several networks was taken. */
  readonly warnings: readonly string[];
  private readonly selected: Engine;
  private readonly plan: Plan;
  private readonly compileWithoutTlc: (() => Promise<Plan>) | undefined;
  /** Compiled for the first picture whose result with TLC fails a check. */
  private planWithoutTlc: Promise<Plan> | undefined;
  private readonly lifetime: Lifetime = new Lifetime(() => this.release(), disposedError);

  /** @internal */
  constructor(parts: {
    task: Task;
    network: Network;
    engine: Engine;
    plan: Plan;
    /** Compiles the same network without TLC; undefined where `plan` has no TLC either. */
    compileWithoutTlc: (() => Promise<Plan>) | undefined;
    metadata: WeightsMetadata;
    warnings: readonly string[];
  }) {
    this.task = parts.task;
    this.engine = parts.plan.engine;
    this.network = parts.network.summary;
    this.weights = parts.metadata;
    this.warnings = parts.warnings;
    this.selected = parts.engine;
    this.plan = parts.plan;
    this.compileWithoutTlc = parts.compileWithoutTlc;
  }

  /**
   * Memory and time that the network needs for a picture of this size, and the memory that there is. On the
   * native and wasm engines the time is within a factor of 1.5 of what then happens on a quiet machine; the
   * first call measures the machine for some 20 ms.
   *
   * @example
   * const { elapsedMs } = await restorer.estimate(4000, 3000);
   */
  async estimate(width: number, height: number): Promise<Estimate> {
    return this.lifetime.use(() => this.plan.estimate(width, height));
  }

  /**
   * Restores one picture.
   *
   * @param image path, file: URL, PNG or JPEG bytes, `{ data, width, height }`, or a tf.Tensor3D, which
   *   stays the caller's
   * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_…`, `MEMORY_LIMIT`, `ABORTED`, `ENGINE_FAILED`,
   *   `RESULT_REJECTED`
   */
  async restore(image: ImageSource, options: RestoreOptions = {}): Promise<RestoredImage> {
    return this.lifetime.use(async () =>
      this.run(await readPicture(image, options), options, null),
    );
  }

  /**
   * Restores a picture that has been read, of which "load" has been reported.
   *
   * @internal
   */
  async restoreRead(
    read: ReadImage,
    options: RestoreOptions,
    analysis: Analysis,
  ): Promise<RestoredImage> {
    return this.lifetime.use(() => this.run(read, options, analysis));
  }

  /**
   * The network's output, unchecked.
   *
   * @internal
   */
  async runNetwork(input: FloatImage, signal: AbortSignal | undefined): Promise<FloatImage> {
    return this.lifetime.use(() => this.plan.run(input, { signal }));
  }

  private async run(
    read: ReadImage,
    options: RestoreOptions,
    analysis: Analysis | null,
  ): Promise<RestoredImage> {
    const { onProgress, signal } = options;
    const { raster } = read;
    const alpha = alphaOf(raster);
    const { input, notes } = await networkInput(this.task, raster, alpha, options);
    onProgress?.({ phase: "load", fraction: 1 });
    const { result, checks, retries } = await checkedRun({
      input,
      run: () =>
        this.plan.run(input, {
          onProgress: (fraction) => onProgress?.({ phase: "restore", fraction }),
          signal,
        }),
      runWithoutTlc: this.compileWithoutTlc && (() => this.runWithoutTlc(input, signal)),
      compare: options.checks ?? true,
      name: read.name,
    });
    throwIfAborted(signal); // while the result was checked
    const { elapsedMs, peakMemoryBytes, scratchBytes, strips } = result.report;
    const { isa, threads, precision } = this.plan;
    const withTlc = this.compileWithoutTlc !== undefined;
    const colour = await runAsync(dropMaskChannel(result));
    if (alpha !== undefined) await runAsync(restoreTransparent(colour, raster));
    return createRestoredImage({ ...read, notes }, alpha, colour, options, {
      ...{ task: this.task, analysis },
      ...{ engine: this.selected.name, ranOn: this.engine, isa, threads, precision },
      skipped: Object.fromEntries(this.selected.skipped),
      weights: this.weights.source,
      ...(this.warnings.length > 0 && { weightsWarnings: this.warnings }),
      tlc: withTlc && !retries.some(({ way }) => way === "tlc off"),
      ...{ elapsedMs, peakMemoryBytes, scratchBytes, strips, checks, retries },
    });
  }

  /**
   * Frees the weights, the engine's memory and its threads: at once, or at the end of what is being
   * restored, which ends as if nothing had happened. Further calls are refused. Doing it again does nothing.
   */
  dispose(): void {
    this.lifetime.end();
  }

  private release(): void {
    this.plan.dispose();
    if (this.planWithoutTlc !== undefined) disposeWhenLoaded(this.planWithoutTlc);
  }

  private async runWithoutTlc(
    input: FloatImage,
    signal: AbortSignal | undefined,
  ): Promise<RunResult> {
    this.planWithoutTlc ??= this.compileWithoutTlc?.();
    this.planWithoutTlc?.catch(() => {
      this.planWithoutTlc = undefined; // so that the next picture tries again
    });
    const plan = (await this.planWithoutTlc) ?? this.plan;
    return plan.run(input, { signal });
  }

  /** {@link Restorer.dispose} at the end of the block of `using restorer = await createRestorer(…)`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
