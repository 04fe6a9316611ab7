/** The task "auto": measures each picture and runs the network that it needs, if it needs one. */

import { throwIfAborted } from "../base/abort.ts";
import { NafnetError } from "../base/errors.ts";
import { runAsync } from "../base/interruptible.ts";
import { Lifetime } from "../base/Lifetime.ts";
import type { Estimate } from "../engine/Engine.ts";
import { alphaOf } from "../image/alphaOf.ts";
import { colourToFloatChunks } from "../image/colourToFloat.ts";
import { type ImageSource, type ReadImage, readImage } from "../io/readImage.ts";
import type { Analysis } from "./analysis/Analysis.ts";
import { analyse } from "./analysis/analyse.ts";
import { imageOfResult } from "./createRestoredImage.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import { checkRestoreOptions } from "./RestoreOptions.ts";
import type { RestoreOptions, Restorer, RestorerOptions } from "./Restorer.ts";

/** The networks that "auto" chooses between. */
type Needed = "denoise" | "deblur";

/** See {@link createRestorer}; what `createRestorer("auto")` gives. */
export class AutoRestorer {
  /** What it was made for. */
  readonly task = "auto";
  private readonly load: (task: Needed) => Promise<Restorer>;
  private readonly restorers: Map<Needed, Promise<Restorer>> = new Map();
  private readonly lifetime: Lifetime = new Lifetime(() => this.release());

  /**
   * @internal
   * @param load makes a restorer; called once a task
   */
  constructor(options: RestorerOptions, load: (task: Needed) => Promise<Restorer>) {
    if (options.weights !== undefined || options.tlc === true) {
      const given = options.weights !== undefined ? "weights" : "tlc";
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected no ${given} for auto, which chooses between the package's own networks; leave it out, or name the task.`,
      );
    }
    this.load = load;
  }

  /** What the user should know about the weights; the package's own have nothing. */
  get warnings(): readonly string[] {
    return [];
  }

  /** What the more demanding of the networks needs for a picture of this size; loads both. */
  async estimate(width: number, height: number): Promise<Estimate> {
    return this.lifetime.use(() => this.largerEstimate(width, height));
  }

  private async largerEstimate(width: number, height: number): Promise<Estimate> {
    const estimate = async (task: Needed): Promise<Estimate> =>
      (await this.restorer(task)).estimate(width, height);
    const denoise = await estimate("denoise");
    const deblur = await estimate("deblur");
    return denoise.memoryBytes > deblur.memoryBytes ? denoise : deblur;
  }

  /**
   * Denoises a picture, deblurs it, or leaves its pixels as they are; `receipt.analysis` says why.
   *
   * @param image as for `Restorer.restore`
   * @throws NafnetError as `Restorer.restore`
   */
  async restore(image: ImageSource, options: RestoreOptions = {}): Promise<RestoredImage> {
    return this.lifetime.use(() => this.restoreNow(image, options));
  }

  private async restoreNow(image: ImageSource, options: RestoreOptions): Promise<RestoredImage> {
    const { onProgress, signal } = options;
    checkRestoreOptions(options);
    if (options.mask !== undefined) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        "Expected no mask for auto; only inpaint takes one.",
      );
    }
    throwIfAborted(signal);
    onProgress?.({ phase: "load", fraction: 0 });
    const read = await readImage(image, { maxPixels: options.maxPixels, signal });
    const analysis = await runAsync(analyse(read.raster));
    throwIfAborted(signal);
    if (analysis.decision === "nothing") return leave(read, options, analysis);
    const restorer = await this.restorer(analysis.decision);
    return restorer.restoreRead(read, options, analysis);
  }

  /** As `Restorer.dispose`: at once, or at the end of what is being restored. */
  dispose(): void {
    this.lifetime.end();
  }

  /** {@link AutoRestorer.dispose} at the end of the block of `using restorer = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private release(): void {
    for (const restorer of this.restorers.values()) {
      void restorer.then(
        (loaded) => loaded.dispose(),
        () => undefined, // whoever waits for it has the error
      );
    }
  }

  private restorer(task: Needed): Promise<Restorer> {
    const loading = this.restorers.get(task) ?? this.load(task);
    this.restorers.set(task, loading);
    loading.catch(() => this.restorers.delete(task)); // so that the next picture tries again
    return loading;
  }
}

/** The picture as it was. */
async function leave(
  read: ReadImage,
  options: RestoreOptions,
  analysis: Analysis,
): Promise<RestoredImage> {
  const colour = await runAsync(colourToFloatChunks(read.raster));
  options.onProgress?.({ phase: "load", fraction: 1 });
  options.onProgress?.({ phase: "restore", fraction: 1 });
  return imageOfResult(read, alphaOf(read.raster), colour, options, {
    ...{ task: null, analysis, engine: null, ranOn: null, isa: null, threads: null },
    ...{ precision: null, skipped: {}, weights: null, tlc: null, elapsedMs: 0 },
    ...{ peakMemoryBytes: null, scratchBytes: 0, strips: 0, checks: [], retries: [] },
  });
}
