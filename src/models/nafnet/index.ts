/** NAFNet for the registry: how to tell it from its keys, what follows from them, how to build it. */

import { NafnetError } from "../../base/errors.ts";
import type { Attention } from "../../graph/parameters.ts";
import type { Architecture, Network, StateDictShapes } from "../Architecture.ts";
import { type NAFNetConfig, nafNetParameters, paddingMultiple } from "./parameters.ts";
import { buildNAFNetProgram } from "./program.ts";

const NAME = "NAFNet";
/** The published networks have 4; a picture would be padded to a multiple of 65,536 at 16. */
const MAX_LEVELS = 16;
/** The largest published network has 36 blocks. */
const MAX_BLOCKS = 4096;

export const nafnet: Architecture = {
  name: NAME,
  signature: [
    "intro.weight",
    "encoders.0.0.conv1.weight",
    "downs.0.weight",
    "middle_blks.0.conv1.weight",
    "ups.0.0.weight",
    "decoders.0.0.conv1.weight",
    "ending.weight",
  ],
  infer(shapes: StateDictShapes): Network | undefined {
    const config = inferConfig(shapes);
    return config === undefined ? undefined : network(config);
  },
  fromConfig: (config: unknown): Network => network(checkConfig(config)),
};

function network(config: NAFNetConfig): Network {
  const { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  const kind = attention.kind === "mdta" ? `MDTA with ${attention.heads} heads` : "SCA";
  return {
    architecture: NAME,
    config,
    summary: `NAFNet width ${width}, enc [${encBlkNums}] mid ${middleBlkNum} dec [${decBlkNums}], ${kind}, ${imgChannel} channels`,
    imgChannel,
    parameters: nafNetParameters(config),
    supportsTlc: attention.kind === "sca",
    peakValuesPerPixel: peakValuesPerPixel(config),
    paddingMultiple: paddingMultiple(config),
    // The thesis's MDTA checkpoints carry the channel attention that they were made from.
    isStale: (key: string): boolean =>
      attention.kind === "mdta" && /\.sca\.1\.(weight|bias)$/.test(key),
    buildProgram: (weights, { tlcBase }) => buildNAFNetProgram(config, weights, tlcBase),
    async buildModel({ tlcBase }) {
      const { buildNAFNet } = await import("./NAFNet.ts");
      return buildNAFNet(config, { tlcBase, fastWeightInit: true });
    },
  };
}

/** Block counts from indices, widths from shapes; a missing part counts as none. */
function inferConfig(shapes: StateDictShapes): NAFNetConfig | undefined {
  const dimension = (key: string, axis: number): number | undefined => shapes.get(key)?.shape[axis];
  const width =
    dimension("intro.weight", 0) ?? dimension("intro.bias", 0) ?? dimension("ending.weight", 1);
  const imgChannel = dimension("intro.weight", 1) ?? dimension("ending.weight", 0);
  const levels = firstGap(indices(shapes, /^(?:encoders|downs)\.(\d+)\./));
  if (!width || !imgChannel || levels > MAX_LEVELS) return undefined;
  const blockCounts = (module: string): number[] =>
    Array.from(
      { length: Math.max(levels, 1) }, // no U at all: the difference is told from the smallest one
      (_, level) => countOf(indices(shapes, new RegExp(`^${module}\\.${level}\\.(\\d+)\\.`))),
    );
  const config: NAFNetConfig = {
    imgChannel,
    width,
    encBlkNums: blockCounts("encoders"),
    middleBlkNum: countOf(indices(shapes, /^middle_blks\.(\d+)\./)),
    decBlkNums: blockCounts("decoders"),
    attention: inferAttention(shapes, width),
  };
  return blockCount(config) > MAX_BLOCKS ? undefined : config;
}

function blockCount({ encBlkNums, middleBlkNum, decBlkNums }: NAFNetConfig): number {
  return [...encBlkNums, middleBlkNum, ...decBlkNums].reduce((sum, count) => sum + count, 0);
}

function inferAttention(shapes: StateDictShapes, width: number): Attention {
  for (const [key, { shape }] of shapes) {
    if (!key.endsWith(".mdta.temperature")) continue;
    const useBias = shapes.has(key.replace("temperature", "qkv.bias"));
    const heads = shape[0] ?? 1;
    // Heads that do not divide the channels cannot run: one then shows as the wrong shape that it is.
    return { kind: "mdta", heads: width % heads === 0 ? heads : 1, useBias };
  }
  return { kind: "sca" };
}

/** The indices that the pattern's first group finds in the keys. */
function indices(shapes: StateDictShapes, pattern: RegExp): Set<number> {
  const found = new Set<number>();
  for (const key of shapes.keys()) {
    const index = pattern.exec(key)?.[1];
    if (index !== undefined) found.add(Number(index));
  }
  return found;
}

/**
 * How many blocks the indices speak of: the highest tells it, so that a lost block is named as missing.
 * A hostile index (`middle_blks.999999999.beta`) must not become that many blocks and is left over.
 */
function countOf(found: ReadonlySet<number>): number {
  const highest = [...found].reduce((a, b) => Math.max(a, b), -1);
  return highest < 2 * found.size ? highest + 1 : firstGap(found);
}

function firstGap(found: ReadonlySet<number>): number {
  let gap = 0;
  while (found.has(gap)) gap++;
  return gap;
}

/**
 * At the first level, where a pixel of a tensor with c channels is c values: a block holds its input, the
 * normalised input, the first half of the gate, and the second before and after its depthwise
 * convolution beside one copy that a kernel makes; round it there are the picture, the padded picture and
 * the result. What tf.profile measures is the same for SCA, TLC and MDTA.
 */
function peakValuesPerPixel({ width, imgChannel }: NAFNetConfig): number {
  return 3 * imgChannel + 6 * width;
}

function checkConfig(value: unknown): NAFNetConfig {
  const config = (typeof value === "object" ? value : null) as Partial<NAFNetConfig> | null; // every field is checked below
  const counts = [config?.encBlkNums, config?.decBlkNums];
  const valid =
    isCount(config?.imgChannel, 1) &&
    isCount(config?.width, 1) &&
    isCount(config?.middleBlkNum, 0) &&
    counts.every(
      (list) => Array.isArray(list) && list.length > 0 && list.every((n) => isCount(n, 0)),
    ) &&
    (config?.encBlkNums?.length ?? 0) <= MAX_LEVELS &&
    config?.encBlkNums?.length === config?.decBlkNums?.length &&
    blockCount(config as NAFNetConfig) <= MAX_BLOCKS && // its counts have been checked above
    isAttention(config?.attention, config?.width);
  if (!valid) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a NAFNet configuration { imgChannel, width, encBlkNums, middleBlkNum, decBlkNums, attention } but received ${JSON.stringify(value)}.`,
    );
  }
  return config as NAFNetConfig; // each field has just been checked
}

function isAttention(value: Attention | undefined, width = 0): boolean {
  return (
    value?.kind === "sca" ||
    (value?.kind === "mdta" &&
      isCount(value.heads, 1) &&
      width % value.heads === 0 &&
      typeof value.useBias === "boolean")
  );
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && Number(value) >= least;
}
