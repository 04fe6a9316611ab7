/**
 * The tfjs engine: runs the network's LayersModel on the active tfjs backend. It is the reference that
 * other engines are tested against, and runs wherever tfjs does.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Graph } from "../../graph/Graph.ts";
import type { WeightMap } from "../../graph/WeightMap.ts";
import { toLayersModel } from "../../layers/toLayersModel.ts";
import { checkWeights } from "../checkWeights.ts";
import { defineEngine } from "../defineEngine.ts";
import type { Engine } from "../Engine.ts";
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
    async compile(graph, weights, options) {
      const model = buildModel(graph, weights);
      return new TfjsPlan({ graph, model, backend, maxMemoryBytes: options.maxMemoryBytes });
    },
  });
}

/** Refuses, rather than ignores, options that only the fused engines have. */
function objection({ precision, threads }: EngineOptions): string | undefined {
  if (precision === "bf16") return "tfjs multiplies in float32; leave precision out.";
  if (threads !== undefined) return "tfjs's backend chooses its threads itself; leave threads out.";
  return undefined;
}

function buildModel(graph: Graph, weights: WeightMap): LayersModel {
  checkWeights(graph, weights);
  const model = toLayersModel(graph, { fastWeightInit: true });
  tf.tidy(() => {
    for (const variable of model.weights) {
      const weight = weights.get(variable.originalName);
      if (weight === undefined) throw new Error(`No weight ${variable.originalName}.`);
      variable.write(tf.tensor(weight.data, [...weight.shape], "float32"));
    }
  });
  return model;
}
