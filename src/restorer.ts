/** A network on an engine, loaded once for many pictures. */

import { throwIfAborted } from "./engine/abort.ts";
import type { EngineName, Estimate, FloatImage, Plan } from "./engine/Engine.ts";
import { selectEngine } from "./engine/select.ts";
import { NafnetError } from "./errors.ts";
import { alphaOf } from "./io/alphaOf.ts";
import { colourToFloat } from "./io/colourToFloat.ts";
import type { Raster } from "./io/Raster.ts";
import { type ImageSource, readImage } from "./io/readImage.ts";
import type { Network } from "./models/Network.ts";
import { RestoredImage } from "./RestoredImage.ts";
import { checkTask, defaultWeights, type Task } from "./tasks.ts";
import { loadWeights } from "./weights/loadWeights.ts";
import type { WeightsMetadata } from "./weights/Weights.ts";

/** TLC's window at the first level: 1.5 times the 256 pixels that the published networks were trained on. */
const TLC_BASE = 384;
/** A mask is binary; values from here on are holes. */
const MASK_THRESHOLD = 0.5;

/** Options of {@link createRestorer}. */
export interface RestorerOptions {
  /** A folder that `nafnet convert` wrote, or a PyTorch checkpoint. @default the package's own weights */
  readonly weights?: string | undefined;
  /** Which engine runs the network. @default the fastest that runs here */
  readonly engine?: EngineName | undefined;
  /**
   * Test-time local converter: means over windows of 384 pixels instead of the whole picture, for
   * weights evaluated that way, such as the published GoPro and REDS ones. @default what the weights say
   */
  readonly tlc?: boolean | undefined;
}

/** Where the work is. */
export interface Progress {
  /** `load`: weights are read and the picture is decoded; `restore`: the network runs. */
  readonly phase: "load" | "restore";
  /** How much of the phase is done, 0–1, never decreasing. */
  readonly fraction: number;
}

/** Options of {@link Restorer.restore}. */
export interface RestoreOptions {
  /** For inpaint: a picture of the same size, white where something is to be filled in. */
  readonly mask?: ImageSource | undefined;
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
 * @returns a restorer, which the caller disposes
 * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND`, `WEIGHTS_MISSING`, `WEIGHTS_CORRUPT`,
 *   `CHECKPOINT_…`, `MODEL_UNSUPPORTED`, `ENGINE_UNAVAILABLE`
 * @example
 * const restorer = await createRestorer("denoise");
 * for (const path of paths) await (await restorer.restore(path)).save(`clean/${path}`);
 * restorer.dispose();
 */
export async function createRestorer(task: Task, options: RestorerOptions = {}): Promise<Restorer> {
  checkTask(task);
  const path = options.weights ?? defaultWeights(task);
  const { weights, warnings } = await loadWeights(path);
  const { network, tensors, metadata } = weights;
  checkChannels(task, network, path);
  const tlc = options.tlc ?? metadata.tlc;
  if (tlc && !network.supportsTlc) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `TLC makes the means of simplified channel attention local, but ${path} is ${network.summary}; leave tlc out.`,
    );
  }
  const engine = await selectEngine(options.engine);
  const plan = await engine.compile(network, tensors, { tlcBase: tlc ? TLC_BASE : null });
  return new Restorer({ task, network, plan, metadata, warnings });
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
  readonly task: Task;
  /** The engine and what it runs on, e.g. `tfjs (wasm)`. */
  readonly engine: string;
  /** One line about the network. */
  readonly network: string;
  /** What is known about the weights. */
  readonly weights: WeightsMetadata;
  /** What the user should know about the weights, e.g. keys that were left out. */
  readonly warnings: readonly string[];
  private readonly plan: Plan;
  private disposed: boolean = false;

  /** @internal */
  constructor(parts: {
    task: Task;
    network: Network;
    plan: Plan;
    metadata: WeightsMetadata;
    warnings: readonly string[];
  }) {
    this.task = parts.task;
    this.engine = parts.plan.engine;
    this.network = parts.network.summary;
    this.weights = parts.metadata;
    this.warnings = parts.warnings;
    this.plan = parts.plan;
  }

  /** What restoring a picture of this size takes, and what there is. */
  estimate(width: number, height: number): Estimate {
    return this.plan.estimate(width, height);
  }

  /**
   * Restores one picture.
   *
   * @param image path, file: URL, PNG or JPEG bytes, `{ data, width, height }`, or a tf.Tensor3D, which
   *   stays the caller's
   * @throws NafnetError `INVALID_ARGUMENT`, `INPUT_…`, `MEMORY_LIMIT`, `ABORTED`, `ENGINE_FAILED`
   */
  async restore(image: ImageSource, options: RestoreOptions = {}): Promise<RestoredImage> {
    const { onProgress, signal } = options;
    if (this.disposed) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        "Expected a restorer with its weights but it has been disposed; create another.",
      );
    }
    throwIfAborted(signal);
    onProgress?.({ phase: "load", fraction: 0 });
    const { raster, name } = await readImage(image, { maxPixels: options.maxPixels });
    const input = await this.networkInput(raster, options);
    onProgress?.({ phase: "load", fraction: 1 });
    const output = await this.plan.run(input, {
      onProgress: (fraction) => onProgress?.({ phase: "restore", fraction }),
      signal,
    });
    if (!output.data.every(Number.isFinite)) {
      throw new NafnetError(
        "ENGINE_FAILED",
        `${this.engine} gave values that are not finite for ${name}; try other weights or engine.`,
      );
    }
    return new RestoredImage({
      width: raster.width,
      height: raster.height,
      colour: firstThree(output),
      grey: raster.channels < 3,
      alpha: alphaOf(raster),
      bitDepth: raster.bitDepth === 16 ? 16 : 8,
    });
  }

  /** Frees the weights; wait for the pictures first. Doing it again does nothing. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.plan.dispose();
  }

  private async networkInput(raster: Raster, options: RestoreOptions): Promise<FloatImage> {
    const { width, height } = raster;
    const colour = colourToFloat(raster);
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
    const { raster: mask, name } = await readImage(options.mask, { maxPixels: options.maxPixels });
    if (mask.width !== width || mask.height !== height) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected a mask of ${width}x${height}, as the picture, but ${name} is ${mask.width}x${mask.height}.`,
      );
    }
    return { width, height, channels: 4, data: withMask(colour, colourToFloat(mask)) };
  }
}

/** [h, w, 4]: the fourth channel is 1 in holes, where the colour, which means nothing there, is 0. */
function withMask(colour: Float32Array, mask: Float32Array): Float32Array {
  const data = new Float32Array((colour.length / 3) * 4);
  for (let from = 0, to = 0; from < colour.length; from += 3, to += 4) {
    const hole = mask[from]! >= MASK_THRESHOLD;
    if (hole) data[to + 3] = 1;
    else data.set(colour.subarray(from, from + 3), to);
  }
  return data;
}

function firstThree({ data, channels }: FloatImage): Float32Array {
  if (channels === 3) return data;
  const colour = new Float32Array((data.length / channels) * 3);
  for (let from = 0, to = 0; to < colour.length; from += channels, to += 3) {
    colour.set(data.subarray(from, from + 3), to);
  }
  return colour;
}
