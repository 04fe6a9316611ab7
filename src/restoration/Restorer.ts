/** A network on an engine, loaded once for many pictures. */

import { throwIfAborted } from "../base/abort.ts";
import { NafnetError } from "../base/errors.ts";
import { chunks, type Interruptible, runAsync } from "../base/interruptible.ts";
import { Lifetime } from "../base/Lifetime.ts";
import type {
  Engine,
  EngineName,
  Estimate,
  FloatImage,
  Plan,
  RunResult,
} from "../engine/Engine.ts";
import { checkEngineOptions, type EngineOptions } from "../engine/EngineOptions.ts";
import { selectEngine } from "../engine/select.ts";
import { alphaOf } from "../image/alphaOf.ts";
import { colourToFloatChunks } from "../image/colourToFloat.ts";
import { fillTransparent, restoreTransparent } from "../image/fillTransparent.ts";
import type { Raster } from "../image/Raster.ts";
import { type ImageSource, type ReadImage, readImage } from "../io/readImage.ts";
import type { Network } from "../models/Architecture.ts";
import { loadWeights } from "../weights/loadWeights.ts";
import type { WeightsMetadata } from "../weights/Weights.ts";
import { AutoRestorer } from "./AutoRestorer.ts";
import type { Adjustments } from "./adjust.ts";
import type { Analysis } from "./analysis/Analysis.ts";
import { honestRun } from "./checks/checkedRun.ts";
import { imageOfResult } from "./createRestoredImage.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import { checkRestoreOptions } from "./RestoreOptions.ts";
import { checkTask, defaultWeights, type Task, type TaskOrAuto } from "./tasks.ts";

/** TLC's window at the first level: 1.5 times the 256 pixels that the published networks were trained on. */
const TLC_BASE = 384;
/** A mask is binary; values from here on are holes. */
const MASK_THRESHOLD = 0.5;

/** Options of {@link createRestorer}. */
export interface RestorerOptions extends EngineOptions {
  /** A folder that `nafnet convert` wrote, or a PyTorch checkpoint. @default the package's own weights */
  readonly weights?: string | undefined;
  /** Which engine runs the network. @default the fastest that runs here */
  readonly engine?: EngineName | undefined;
  /**
   * Test-time local converter: means over windows of 384 pixels instead of the whole picture, for
   * weights evaluated that way, such as the published GoPro and REDS ones. `"auto"`: what the weights say.
   * Where a result fails a check, TLC is switched off for that picture, and its receipt says so.
   * @default "auto"
   */
  readonly tlc?: boolean | "auto" | undefined;
  /** Stops the loading; the promise is rejected with the code `ABORTED`, and nothing stays loaded. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the work is. */
export interface Progress {
  /**
   * `load`: the picture is read, decoded and made into floats; then `restore`: the network runs, of which
   * nothing is told while it waits for another. A second run, because the result of the first has failed a
   * check, is not counted.
   */
  readonly phase: "load" | "restore";
  /** How much of the phase is done, 0–1, never decreasing. */
  readonly fraction: number;
}

/** Options of {@link Restorer.restore}. */
export interface RestoreOptions extends Adjustments {
  /** For inpaint: a picture of the same size, white where something is to be filled in. */
  readonly mask?: ImageSource | undefined;
  /**
   * Whether the result is held to the picture it was made from: means that have moved, black, colours where
   * none were. A result that fails is made in a safer way or refused. `false` is for networks that are meant
   * to change them; values that are not numbers are refused all the same.
   * @default true
   */
  readonly checks?: boolean | undefined;
  /** The most pixels that a picture may have. @default 268,435,456 */
  readonly maxPixels?: number | undefined;
  /** Called as the work goes on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the work; the promise is rejected with the code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads weights and makes them ready to run.
 *
 * @param task `"auto"` measures each picture's noise and blur and denoises it, deblurs it or leaves it as it
 *   is; its networks are loaded when they are first needed
 * @returns a restorer, which the caller disposes
 * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND`, `WEIGHTS_MISSING`, `WEIGHTS_CORRUPT`,
 *   `CHECKPOINT_…`, `MODEL_UNSUPPORTED`, `ENGINE_UNAVAILABLE`, `ABORTED`
 * @example
 * const restorer = await createRestorer("denoise");
 * for (const path of paths) await (await restorer.restore(path)).save(`clean/${path}`);
 * restorer.dispose(); // or `using restorer = …`, which does it at the end of the block
 */
export function createRestorer(task: Task, options?: RestorerOptions): Promise<Restorer>;
export function createRestorer(task: "auto", options?: RestorerOptions): Promise<AutoRestorer>;
export function createRestorer(
  task: TaskOrAuto,
  options?: RestorerOptions,
): Promise<Restorer | AutoRestorer>;
export async function createRestorer(
  task: TaskOrAuto,
  options: RestorerOptions = {},
): Promise<Restorer | AutoRestorer> {
  const checked = checkTask(task);
  checkEngineOptions(options);
  throwIfAborted(options.signal);
  checkTlc(options.tlc);
  if (checked !== "auto") return loadRestorer(checked, options);
  // The signal is for the loading of this call, not for networks that are loaded when they are needed.
  const { signal: _, ...lasting } = options;
  return new AutoRestorer(lasting, (needed) => loadRestorer(needed, lasting));
}

async function loadRestorer(task: Task, options: RestorerOptions): Promise<Restorer> {
  const { signal } = options;
  const path = options.weights ?? defaultWeights(task);
  const { weights, warnings } = await loadWeights(path);
  throwIfAborted(signal);
  const { network, tensors, metadata } = weights;
  checkChannels(task, network, path);
  if (options.tlc === true && !network.supportsTlc) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `TLC makes the means of simplified channel attention local, but ${path} is ${network.summary}; leave tlc out.`,
    );
  }
  const wanted = typeof options.tlc === "boolean" ? options.tlc : metadata.tlc;
  const tlc = wanted && network.supportsTlc;
  const { threads, maxMemoryBytes, precision, scratchFolder } = options;
  const engineOptions = { threads, maxMemoryBytes, precision, scratchFolder };
  const engine = await selectEngine(options.engine, engineOptions);
  const compile = (tlcBase: number | null): Promise<Plan> =>
    engine.compile(network, tensors, { tlcBase, ...engineOptions });
  const plan = await compile(tlc ? TLC_BASE : null);
  if (signal?.aborted) plan.dispose();
  throwIfAborted(signal);
  // Keeps the weights for as long as a second plan may be wanted.
  const compileWithoutTlc = tlc ? () => compile(null) : undefined;
  return new Restorer({ task, network, engine, plan, compileWithoutTlc, metadata, warnings });
}

function checkTlc(tlc: RestorerOptions["tlc"]): void {
  if (tlc === undefined || tlc === "auto" || typeof tlc === "boolean") return;
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected true, false or "auto" for tlc but received ${JSON.stringify(tlc)}.`,
  );
}

function checkChannels(task: Task, network: Network, path: string): void {
  const expected = task === "inpaint" ? 4 : 3;
  if (network.imgChannel !== expected) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected weights with ${expected} input channels for ${task} but ${path} is ${network.summary}.`,
    );
  }
}

/** See {@link createRestorer}. */
export class Restorer {
  /** What it was made for. */
  readonly task: Task;
  /** The engine and what it runs on, e.g. `native (avx512)`, `tfjs (wasm)`. */
  readonly engine: string;
  /** One line about the network. */
  readonly network: string;
  /** What is known about the weights. */
  readonly weights: WeightsMetadata;
  /** What the user should know about the weights, e.g. keys that were left out. */
  readonly warnings: readonly string[];
  private readonly source: Engine;
  private readonly plan: Plan;
  private readonly compileWithoutTlc: (() => Promise<Plan>) | undefined;
  /** Compiled for the first picture whose result with TLC fails a check. */
  private planWithoutTlc: Promise<Plan> | undefined;
  private readonly lifetime: Lifetime = new Lifetime(() => this.release());

  /** @internal */
  constructor(parts: {
    task: Task;
    network: Network;
    engine: Engine;
    plan: Plan;
    /** Of the same network; undefined where `plan` has no TLC either. */
    compileWithoutTlc: (() => Promise<Plan>) | undefined;
    metadata: WeightsMetadata;
    warnings: readonly string[];
  }) {
    this.task = parts.task;
    this.engine = parts.plan.engine;
    this.network = parts.network.summary;
    this.weights = parts.metadata;
    this.warnings = parts.warnings;
    this.source = parts.engine;
    this.plan = parts.plan;
    this.compileWithoutTlc = parts.compileWithoutTlc;
  }

  /**
   * What the network needs for a picture of this size, memory and time, and what there is. On the native
   * and wasm engines the time is within a factor of 1.5 of what then happens on a quiet machine; the first
   * call measures the machine for some 20 ms.
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
    return this.lifetime.use(() => this.restoreNow(image, options));
  }

  private async restoreNow(image: ImageSource, options: RestoreOptions): Promise<RestoredImage> {
    const { onProgress, signal } = options;
    checkRestoreOptions(options);
    throwIfAborted(signal);
    onProgress?.({ phase: "load", fraction: 0 });
    const { maxPixels } = options;
    const read = await readImage(image, { maxPixels, signal });
    throwIfAborted(signal);
    return this.run(read, options, null);
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

  private async run(
    read: ReadImage,
    options: RestoreOptions,
    analysis: Analysis | null,
  ): Promise<RestoredImage> {
    const { onProgress, signal } = options;
    const { raster } = read;
    const alpha = alphaOf(raster);
    const input = await this.networkInput(raster, alpha, options);
    onProgress?.({ phase: "load", fraction: 1 });
    const { result, checks, retries } = await honestRun({
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
    const colour = await runAsync(firstThree(result));
    if (alpha !== undefined) await runAsync(restoreTransparent(colour, raster));
    return imageOfResult(read, alpha, colour, options, {
      ...{ task: this.task, analysis },
      ...{ engine: this.source.name, ranOn: this.engine, isa, threads, precision },
      skipped: Object.fromEntries(this.source.skipped),
      weights: this.weights.source,
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
    void this.planWithoutTlc?.then(
      (plan) => plan.dispose(),
      () => undefined, // whoever waits for it has the error
    );
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

  private async networkInput(
    raster: Raster,
    alpha: Raster | undefined,
    options: RestoreOptions,
  ): Promise<FloatImage> {
    const { width, height } = raster;
    const colour = await runAsync(colourToFloatChunks(raster));
    if (alpha !== undefined) await runAsync(fillTransparent(colour, alpha));
    if (this.task !== "inpaint") {
      if (options.mask !== undefined) {
        throw new NafnetError(
          "INVALID_ARGUMENT",
          `Expected no mask for ${this.task}; only inpaint takes one.`,
        );
      }
      return { width, height, channels: 3, data: colour };
    }
    if (options.mask === undefined) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        "Expected a mask for inpaint: a picture of the same size, white where something is to be filled in.",
      );
    }
    const { raster: mask, name } = await readImage(options.mask, {
      maxPixels: options.maxPixels,
      signal: options.signal,
    });
    if (mask.width !== width || mask.height !== height) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected a mask of ${width}x${height}, as the picture, but ${name} is ${mask.width}x${mask.height}.`,
      );
    }
    const holes = await runAsync(colourToFloatChunks(mask));
    return { width, height, channels: 4, data: await runAsync(withMask(colour, holes)) };
  }
}

/** [h, w, 4]: the fourth channel is 1 in holes, where the colour, which means nothing there, is 0. */
function* withMask(colour: Float32Array, mask: Float32Array): Interruptible<Float32Array> {
  const data = new Float32Array((colour.length / 3) * 4);
  for (const [start, end] of chunks(colour.length / 3)) {
    for (let pixel = start; pixel < end; pixel++) {
      const hole = mask[3 * pixel]! >= MASK_THRESHOLD;
      if (hole) data[4 * pixel + 3] = 1;
      else for (let c = 0; c < 3; c++) data[4 * pixel + c] = colour[3 * pixel + c]!;
    }
    yield;
  }
  return data;
}

function* firstThree({ data, channels }: FloatImage): Interruptible<Float32Array> {
  if (channels === 3) return data;
  const colour = new Float32Array((data.length / channels) * 3);
  for (const [start, end] of chunks(colour.length / 3)) {
    for (let pixel = start; pixel < end; pixel++) {
      for (let c = 0; c < 3; c++) colour[3 * pixel + c] = data[channels * pixel + c]!;
    }
    yield;
  }
  return colour;
}
