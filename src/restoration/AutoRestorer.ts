/** The task "auto": measures each picture and runs the network that it needs, if it needs one. */

import { throwIfAborted } from "../base/abort.ts";
import { runAsync } from "../base/interruptible.ts";
import { Lifetime } from "../base/Lifetime.ts";
import type { Estimate } from "../engine/Engine.ts";
import { alphaOf } from "../image/alphaOf.ts";
import { colourToFloatChunks } from "../image/colourToFloat.ts";
import type { ImageSource, ReadImage } from "../io/readImage.ts";
import type { Analysis } from "./analysis/Analysis.ts";
import { analyse } from "./analysis/analyse.ts";
import { createRestoredImage } from "./createRestoredImage.ts";
import { disposedError } from "./disposedError.ts";
import { disposeWhenLoaded } from "./disposeWhenLoaded.ts";
import { checkNoMask } from "./inpaint/readMask.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import type { RestoreOptions } from "./RestoreOptions.ts";
import type { Restorer } from "./Restorer.ts";
import { readPicture } from "./readPicture.ts";

/** The networks that "auto" chooses between. */
type AutoTask = "denoise" | "deblur";

/** A restorer that measures each picture, made by {@link createRestorer} for the task `"auto"`. */
export class AutoRestorer {
  /** The task that it was made for. */
  readonly task = "auto";
  private readonly load: (task: AutoTask) => Promise<Restorer>;
  private readonly restorers: Map<AutoTask, Promise<Restorer>> = new Map();
  private readonly lifetime: Lifetime = new Lifetime(() => this.release(), disposedError);

  /**
   * @internal
   * @param load makes a restorer; called once a task
   */
  constructor(load: (task: AutoTask) => Promise<Restorer>) {
    this.load = load;
  }

  /** Sentences for the user about the weights; there are none about the package's own. */
  get warnings(): readonly string[] {
    return [];
  }

  /** The estimate for a picture of this size by the network that needs more memory; loads both. */
  async estimate(width: number, height: number): Promise<Estimate> {
    return this.lifetime.use(() => this.largerEstimate(width, height));
  }

  private async largerEstimate(width: number, height: number): Promise<Estimate> {
    const estimate = async (task: AutoTask): Promise<Estimate> =>
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
    checkNoMask("auto", options);
    const read = await readPicture(image, options);
    const analysis = await analyse(read.raster, async (tile) => {
      const denoiser = await this.restorer("denoise");
      return denoiser.runNetwork(tile, options.signal);
    });
    throwIfAborted(options.signal);
    if (analysis.decision === "nothing") return unchanged(read, options, analysis);
    const restorer = await this.restorer(analysis.decision);
    return restorer.restoreRead(read, options, analysis);
  }

  /** Frees the networks as `Restorer.dispose` does: at once, or at the end of what is being restored. */
  dispose(): void {
    this.lifetime.end();
  }

  /** {@link AutoRestorer.dispose} at the end of the block of `using restorer = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private release(): void {
    for (const restorer of this.restorers.values()) disposeWhenLoaded(restorer);
  }

  private restorer(task: AutoTask): Promise<Restorer> {
    const loading = this.restorers.get(task) ?? this.load(task);
    this.restorers.set(task, loading);
    loading.catch(() => this.restorers.delete(task)); // so that the next picture tries again
    return loading;
  }
}

/** The picture as it was, as a result. */
async function unchanged(
  read: ReadImage,
  options: RestoreOptions,
  analysis: Analysis,
): Promise<RestoredImage> {
  const colour = await runAsync(colourToFloatChunks(read.raster));
  options.onProgress?.({ phase: "load", fraction: 1 });
  options.onProgress?.({ phase: "restore", fraction: 1 });
  return createRestoredImage(read, alphaOf(read.raster), colour, options, {
    ...{ task: null, analysis, engine: null, ranOn: null, isa: null, threads: null },
    ...{ precision: null, skipped: {}, weights: null, tlc: null, elapsedMs: 0 },
    ...{ peakMemoryBytes: null, scratchBytes: 0, strips: 0, checks: [], retries: [] },
  });
}
