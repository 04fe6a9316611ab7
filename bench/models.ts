/** The networks that are measured, the same for every engine. */

import type { WeightMap } from "../src/graph/WeightMap.ts";
import type { Network } from "../src/models/Architecture.ts";
import type { Attention, NAFNetConfig } from "../src/models/nafnet/NAFNet.ts";
import { networkFromConfig } from "../src/models/registry.ts";
import { defaultWeights } from "../src/restoration/tasks.ts";
import { readWeights } from "../src/weights/readWeights.ts";
import { randomWeights } from "./randomWeights.ts";

/** Width and height in pixels. */
export type Size = readonly [width: number, height: number];

/** A network with its weights. */
export interface LoadedModel {
  readonly network: Network;
  readonly config: NAFNetConfig;
  readonly weights: WeightMap;
}

/** A network of the bench. */
export interface BenchModel {
  /** Name for --models. */
  readonly id: string;
  readonly name: string;
  readonly attention: Attention["kind"];
  /** Sizes that are measured by default. */
  readonly sizes: readonly Size[];
  /** Whether it is measured with one thread too. */
  readonly isScaled: boolean;
  load(): Promise<LoadedModel>;
}

/** The official GoPro network's block counts. */
const GOPRO = { middleBlkNum: 1, encBlkNums: [1, 1, 1, 28], decBlkNums: [1, 1, 1, 1] };
/** The official SIDD network's block counts. */
const SIDD = { middleBlkNum: 12, encBlkNums: [2, 2, 4, 8], decBlkNums: [2, 2, 2, 2] };
const SCA: Attention = { kind: "sca" };
const MDTA: Attention = { kind: "mdta", heads: 8, useBias: false };

const SIZES: readonly Size[] = [
  [256, 256],
  [512, 512],
  [1280, 720],
];
const PHOTO_SIZES: readonly Size[] = [
  [512, 512],
  [4000, 3000],
];

/** All networks; --quick measures the first. */
export const MODELS: readonly BenchModel[] = [
  random("gopro-w32", GOPRO, SCA, SIZES),
  random("gopro-w32", GOPRO, MDTA, SIZES),
  random("sidd-w32", SIDD, SCA, [[512, 512]]),
  shipped("denoise", "mdta"),
  shipped("deblur", "sca"),
];

/** @throws Error for an unknown id */
export function modelById(id: string): BenchModel {
  const found = MODELS.find((model) => model.id === id);
  if (found === undefined) {
    throw new Error(`Expected one of ${MODELS.map((m) => m.id).join(", ")} but received ${id}.`);
  }
  return found;
}

/** A network of a published layout, with random weights: its speed does not depend on them. */
function random(
  name: string,
  layout: Pick<NAFNetConfig, "middleBlkNum" | "encBlkNums" | "decBlkNums">,
  attention: Attention,
  sizes: readonly Size[],
): BenchModel {
  const id = `${name}-${attention.kind}`;
  return {
    id,
    name,
    attention: attention.kind,
    sizes,
    isScaled: layout === GOPRO,
    async load() {
      const config: NAFNetConfig = { imgChannel: 3, width: 32, ...layout, attention };
      const network = networkFromConfig("NAFNet", config);
      return { network, config, weights: randomWeights(id, network) };
    },
  };
}

/** The weights that the package ships. */
function shipped(task: "denoise" | "deblur", attention: Attention["kind"]): BenchModel {
  return {
    id: task,
    name: task,
    attention,
    sizes: PHOTO_SIZES,
    isScaled: false,
    async load() {
      const { network, tensors } = await readWeights(defaultWeights(task));
      const config = network.config as NAFNetConfig; // the default weights are all NAFNets
      return { network, config, weights: tensors };
    },
  };
}
