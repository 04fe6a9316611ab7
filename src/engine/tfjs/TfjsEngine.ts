/**
 * The tfjs engine: runs the network's LayersModel on the active tfjs backend. It is the reference that
 * other engines are tested against, and runs wherever tfjs does.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { messageOf, NafnetError } from "../../errors.ts";
import type { Network } from "../../models/Network.ts";
import { valueCount, type WeightMap } from "../../weights/WeightMap.ts";
import { throwIfAborted } from "../abort.ts";
import type { CompileOptions, Engine, Estimate, FloatImage, Plan, RunOptions } from "../Engine.ts";
import { readyBackend } from "./backend.ts";
import { checkMemory, estimateMemory, noteRun } from "./memory.ts";
import { runModel } from "./runModel.ts";

/** @throws NafnetError `ENGINE_UNAVAILABLE` when no backend starts */
export async function createTfjsEngine(): Promise<Engine> {
  const { name: backend, skipped } = await readyBackend();
  return {
    name: "tfjs",
    detail: `tfjs-core ${tf.version_core}, backend ${backend}`,
    skipped,
    async compile(network, weights, options) {
      return new TfjsPlan(network, await buildModel(network, weights, options), backend);
    },
  };
}

async function buildModel(
  network: Network,
  weights: WeightMap,
  options: CompileOptions,
): Promise<LayersModel> {
  for (const { name, shape } of network.parameters) {
    const weight = weights.get(name);
    const count = valueCount(shape);
    if (weight?.shape.join() !== shape.join() || weight.data.length !== count) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected ${count} values of shape [${shape}] for the weight ${name} but received ${weight === undefined ? "none" : `${weight.data.length} of shape [${weight.shape}]`}.`,
      );
    }
  }
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

class TfjsPlan implements Plan {
  readonly engine: string;
  private readonly network: Network;
  private readonly model: LayersModel;
  private readonly backend: string;
  /** The end of the last run: two pictures at once would need twice the memory and be no faster. */
  private idle: Promise<unknown> = Promise.resolve();

  constructor(network: Network, model: LayersModel, backend: string) {
    this.engine = `tfjs (${backend})`;
    this.network = network;
    this.model = model;
    this.backend = backend;
  }

  estimate(width: number, height: number): Estimate {
    return estimateMemory(this.network, this.backend, width, height);
  }

  run(image: FloatImage, options: RunOptions = {}): Promise<FloatImage> {
    const result = this.idle.then(() => this.runNow(image, options));
    this.idle = result.catch(() => undefined); // the caller gets the error; the next run is free of it
    return result;
  }

  private async runNow(image: FloatImage, options: RunOptions): Promise<FloatImage> {
    const { width, height, channels } = image;
    throwIfAborted(options.signal);
    const estimate = this.estimate(width, height);
    checkMemory(estimate, this.backend, width, height);
    const { onProgress, signal } = options;
    let thrownByCaller: unknown;
    let x: tf.Tensor4D | undefined;
    let y: tf.Tensor | undefined;
    try {
      x = tf.tensor4d(image.data, [1, height, width, channels]);
      y = await runModel(this.model, x, {
        signal,
        onProgress(fraction) {
          try {
            onProgress?.(fraction);
          } catch (error) {
            thrownByCaller = error;
            throw error;
          }
        },
      });
      const data = (await y.data()) as Float32Array; // float32 in, float32 out
      noteRun(estimate, this.backend);
      return { width, height, channels, data };
    } catch (error) {
      if (error instanceof NafnetError || error === thrownByCaller) throw error;
      throw new NafnetError(
        "ENGINE_FAILED",
        `tfjs (${this.backend}) failed on a picture of ${width}x${height}: ${messageOf(error)}`,
        error,
      );
    } finally {
      tf.dispose([x, y].filter((tensor) => tensor !== undefined));
    }
  }

  dispose(): void {
    this.model.dispose();
  }
}
