/**
 * The tfjs engine: runs the network's LayersModel on the active tfjs backend. It is the reference that
 * other engines are tested against, and runs wherever tfjs does.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { throwIfAborted } from "../../base/abort.ts";
import { messageOf, NafnetError } from "../../base/errors.ts";
import type { WeightMap } from "../../graph/WeightMap.ts";
import { hasNonFinite } from "../../image/hasNonFinite.ts";
import type { Network } from "../../models/Architecture.ts";
import { checkWeights } from "../checkWeights.ts";
import { defineEngine } from "../defineEngine.ts";
import type {
  CompileOptions,
  Engine,
  Estimate,
  FloatImage,
  RunOptions,
  RunResult,
} from "../Engine.ts";
import type { EngineOptions } from "../EngineOptions.ts";
import { checkMemory } from "../machine/memory.ts";
import { ProgressRelay } from "../ProgressRelay.ts";
import type { BarePlan } from "../QueuedPlan.ts";
import { readyBackend } from "./backend.ts";
import { limitBytes, noteRun, runBytes } from "./memoryLimits.ts";
import { runModel } from "./runModel.ts";

/** @throws NafnetError `ENGINE_UNAVAILABLE` when no backend starts */
export async function createTfjsEngine(): Promise<Engine> {
  const { name: backend, skipped } = await readyBackend();
  return defineEngine({
    name: "tfjs",
    detail: `tfjs-core ${tf.version_core}, backend ${backend}`,
    skipped,
    objection,
    async compile(network, weights, options) {
      const model = await buildModel(network, weights, options);
      return new TfjsPlan({ network, model, backend, maxMemoryBytes: options.maxMemoryBytes });
    },
  });
}

/** What only the fused engines do is refused rather than ignored. */
function objection({ precision, threads }: EngineOptions): string | undefined {
  if (precision === "bf16") return "tfjs multiplies in float32; leave precision out.";
  if (threads !== undefined) return "tfjs's backend chooses its threads itself; leave threads out.";
  return undefined;
}

async function buildModel(
  network: Network,
  weights: WeightMap,
  options: CompileOptions,
): Promise<LayersModel> {
  checkWeights(network, weights);
  const model = await network.buildModel(options);
  tf.tidy(() => {
    for (const variable of model.weights) {
      const weight = weights.get(variable.originalName);
      if (weight === undefined) throw new Error(`No weight ${variable.originalName}.`);
      variable.write(tf.tensor(weight.data, [...weight.shape], "float32"));
    }
  });
  return model;
}

interface TfjsPlanParts {
  readonly network: Network;
  readonly model: LayersModel;
  readonly backend: string;
  readonly maxMemoryBytes: number | undefined;
}

class TfjsPlan implements BarePlan {
  readonly engine: string;
  readonly isa: null = null;
  readonly threads: null = null;
  readonly precision = "float32";
  private readonly parts: TfjsPlanParts;
  /** Milliseconds that the last run took for each byte that it needed. */
  private msPerByte: number | undefined;

  constructor(parts: TfjsPlanParts) {
    this.engine = `tfjs (${parts.backend})`;
    this.parts = parts;
  }

  async estimate(width: number, height: number): Promise<Estimate> {
    const { network, backend, maxMemoryBytes } = this.parts;
    const memoryBytes = runBytes(network, width, height);
    return {
      memoryBytes,
      limitBytes: limitBytes(backend, maxMemoryBytes),
      scratchBytes: 0,
      elapsedMs: this.msPerByte === undefined ? null : this.msPerByte * memoryBytes,
    };
  }

  async run(image: FloatImage, options: RunOptions): Promise<RunResult> {
    const { width, height, channels } = image;
    const { model, backend } = this.parts;
    throwIfAborted(options.signal);
    const estimate = await this.estimate(width, height);
    const native = "run npx nafnet-tfjs-node once, which builds a backend without the 4 GiB limit";
    checkMemory(estimate, this.engine, image, backend === "wasm" ? `, or ${native}` : "");
    const { onProgress, signal } = options;
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
      noteRun(estimate.memoryBytes, backend);
      this.msPerByte = elapsedMs / estimate.memoryBytes;
      const nonFinite = await hasNonFinite(data);
      const report = { elapsedMs, peakMemoryBytes: null, scratchBytes: 0, strips: 1, nonFinite };
      return { width, height, channels, data, report };
    } catch (error) {
      progress.rethrow();
      if (error instanceof NafnetError) throw error;
      throw new NafnetError(
        "ENGINE_FAILED",
        `${this.engine} failed on a picture of ${width}x${height}: ${messageOf(error)}`,
        error,
      );
    } finally {
      tf.dispose([x, y].filter((tensor) => tensor !== undefined));
    }
  }

  dispose(): void {
    this.parts.model.dispose();
  }
}
