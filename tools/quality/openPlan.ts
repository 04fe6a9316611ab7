import type { Plan } from "../../src/engine/Engine.ts";
import { selectEngine } from "../../src/engine/select.ts";
import { loadWeights } from "../../src/weights/loadWeights.ts";

/**
 * A network on the fastest engine, without what `restore` does around it: it is given floats beyond 0–1 as
 * they are, as PyTorch was for the figures that ours are compared with.
 *
 * @param weights a folder; @returns a plan, which the caller disposes
 */
export async function openPlan(weights: string): Promise<Plan> {
  const { network, tensors } = (await loadWeights(weights)).weights;
  const engine = await selectEngine();
  return engine.compile(network.graph({ tlcBase: null }), tensors);
}
