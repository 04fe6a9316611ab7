import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import type { Graph } from "../../graph/Graph.ts";
import type { FloatImage } from "../../image/FloatImage.ts";
import { hasNonFinite } from "../../image/hasNonFinite.ts";
import type { Estimate, RunOptions, RunResult } from "../Engine.ts";
import { checkMemory } from "../machine/memory.ts";
import { ProgressRelay } from "../ProgressRelay.ts";
import type { BarePlan } from "../QueuedPlan.ts";
import { runError } from "../runError.ts";
import { limitBytes, recordRun, runBytes } from "./memoryLimits.ts";
import { runModel } from "./runModel.ts";

/** A model with its weights and the circumstances of its runs. */
interface TfjsPlanOptions {
  readonly graph: Graph;
  readonly model: LayersModel;
  readonly backend: string;
  readonly maxMemoryBytes: number | undefined;
}

/** A network as a LayersModel: holds runs to the memory limit, times them, frees their tensors. */
export class TfjsPlan implements BarePlan {
  readonly engine: string;
  readonly isa: null = null;
  readonly threads: null = null;
  readonly precision = "float32";
  private readonly options: TfjsPlanOptions;
  /** Milliseconds that the last run took for each byte that it needed. */
  private msPerByte: number | undefined;

  constructor(options: TfjsPlanOptions) {
    this.engine = `tfjs (${options.backend})`;
    this.options = options;
  }

  async estimate(width: number, height: number): Promise<Estimate> {
    const { graph, backend, maxMemoryBytes } = this.options;
    const memoryBytes = runBytes(graph, width, height);
    return {
      memoryBytes,
      limitBytes: limitBytes(backend, maxMemoryBytes),
      scratchBytes: 0,
      elapsedMs: this.msPerByte === undefined ? null : this.msPerByte * memoryBytes,
    };
  }

  async run(image: FloatImage, { onProgress, signal }: RunOptions): Promise<RunResult> {
    const { width, height, channels } = image;
    const { model, backend } = this.options;
    throwIfAborted(signal);
    const estimate = await this.estimate(width, height);
    const native = "run npx nafnet-tfjs-node once, which builds a backend without the 4 GiB limit";
    checkMemory(estimate, this.engine, image, backend === "wasm" ? `, or ${native}` : "");
    const progress = new ProgressRelay(onProgress, signal);
    let x: tf.Tensor4D | undefined;
    let y: tf.Tensor | undefined;
    const start = performance.now();
    try {
      x = tf.tensor4d(image.data, [1, height, width, channels]);
      y = await runModel(model, x, {
        signal,
        onProgress: (fraction) => progress.report(fraction),
      });
      const data = (await y.data()) as Float32Array; // float32 in, float32 out
      const elapsedMs = performance.now() - start;
      recordRun(estimate.memoryBytes, backend);
      this.msPerByte = elapsedMs / estimate.memoryBytes;
      const nonFinite = await hasNonFinite(data);
      const report = { elapsedMs, peakMemoryBytes: null, scratchBytes: 0, strips: 1, nonFinite };
      return { width, height, channels, data, report };
    } catch (error) {
      progress.rethrow();
      if (error instanceof NafnetError) throw error;
      throw runError("ENGINE_FAILED", this.engine, image, messageOf(error), error);
    } finally {
      tf.dispose([x, y].filter((tensor) => tensor !== undefined));
    }
  }

  dispose(): void {
    this.options.model.dispose();
  }
}
