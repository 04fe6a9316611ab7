/**
 * The tfjs engine: runs the network's LayersModel on the active tfjs backend. It is the reference that
 * other engines are tested against, and runs wherever tfjs does.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { WeightMap } from "../../graph/WeightMap.ts";
import type { Network } from "../../models/Architecture.ts";
import { checkWeights } from "../checkWeights.ts";
import { defineEngine } from "../defineEngine.ts";
import type { CompileOptions, Engine } from "../Engine.ts";
import type { EngineOptions } from "../EngineOptions.ts";
import { readyBackend } from "./backend.ts";
import { TfjsPlan } from "./TfjsPlan.ts";

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

/** Refuses, rather than ignores, options that only the fused engines have. */
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
