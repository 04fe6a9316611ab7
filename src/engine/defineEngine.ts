import { NafnetError } from "../base/errors.ts";
import type { WeightMap } from "../graph/WeightMap.ts";
import type { Network } from "../models/Architecture.ts";
import type { CompileOptions, Engine } from "./Engine.ts";
import { type BarePlan, QueuedPlan } from "./QueuedPlan.ts";

/** An engine's own part: its plans run at once, and options that it objects to do not reach it. */
interface EngineImplementation extends Omit<Engine, "compile"> {
  compile(network: Network, weights: WeightMap, options: CompileOptions): Promise<BarePlan>;
}

/** An engine of its own part: refuses what it objects to, and its plans queue their runs. */
export function defineEngine(implementation: EngineImplementation): Engine {
  return {
    ...implementation,
    async compile(network, weights, options) {
      const objection = implementation.objection(options);
      if (objection !== undefined) {
        throw new NafnetError("ENGINE_UNAVAILABLE", `${implementation.name}: ${objection}`);
      }
      return new QueuedPlan(await implementation.compile(network, weights, options));
    },
  };
}
