import { NafnetError } from "../base/errors.ts";
import type { Graph } from "../graph/Graph.ts";
import type { WeightMap } from "../graph/WeightMap.ts";
import type { Engine } from "./Engine.ts";
import type { EngineOptions } from "./EngineOptions.ts";
import { type BarePlan, QueuedPlan } from "./QueuedPlan.ts";

/** An engine's own part: its plans run at once, and options that it objects to do not reach it. */
interface EngineImplementation extends Omit<Engine, "compile"> {
  compile(graph: Graph, weights: WeightMap, options: EngineOptions): Promise<BarePlan>;
}

/** An engine of its own part: refuses what it objects to, and its plans queue their runs. */
export function defineEngine(implementation: EngineImplementation): Engine {
  return {
    ...implementation,
    async compile(graph, weights, options = {}) {
      const objection = implementation.objection(options);
      if (objection !== undefined) {
        throw new NafnetError("ENGINE_UNAVAILABLE", `${implementation.name}: ${objection}`);
      }
      return new QueuedPlan(await implementation.compile(graph, weights, options));
    },
  };
}
