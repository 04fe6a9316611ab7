/** Seeded weights that keep a network's values of order 1, with beta and gamma that are not zero. */

import type { Parameter } from "../src/graph/parameters.ts";
import { valueCount, type WeightMap, type WeightTensor } from "../src/graph/WeightMap.ts";
import type { Network } from "../src/models/Architecture.ts";
import { randomValues } from "../test/parity/random.ts";

type Bounds = readonly [low: number, high: number];

/** @param seed the same seed gives the same weights, on every machine */
export function randomWeights(seed: string, network: Network): WeightMap {
  const weights = new Map<string, WeightTensor>();
  for (const parameter of network.parameters) {
    const { name, shape } = parameter;
    const [low, high] = boundsOf(parameter);
    const data = randomValues(`${seed}/${name}`, valueCount(shape), low, high);
    weights.set(name, { shape, data });
  }
  return weights;
}

/** Bounds of a parameter's values, the same as bounds_of in tools/parity/reference.py. */
function boundsOf({ name, layout, initial }: Parameter): Bounds {
  if (layout === "channelScale") return [-0.25, 0.25];
  if (layout === "headScale") return [0.5, 2];
  if (/\/norm\d\/weight$/.test(name)) return [0.5, 1.5];
  if (/\/norm\d\/bias$/.test(name)) return [-0.3, 0.3];
  if (layout === "vector" || typeof initial === "string") return [-0.2, 0.2];
  const limit = Math.sqrt(3 / initial.fanIn);
  // The skips add up to about 10 before `ending`; trained networks change a pixel by less than 1.
  return name === "ending/kernel" ? [-limit / 4, limit / 4] : [-limit, limit];
}
