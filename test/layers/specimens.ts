/** One specimen of each layer and option: what the tests of all layers go through. */

import type { layers } from "@tensorflow/tfjs-layers";
import { CropLike } from "../../src/layers/CropLike.ts";
import { LayerNorm2d } from "../../src/layers/LayerNorm2d.ts";
import { MDTA } from "../../src/layers/MDTA.ts";
import { NAFBlock } from "../../src/layers/NAFBlock.ts";
import { PadToMultiple } from "../../src/layers/PadToMultiple.ts";
import { PixelShuffle } from "../../src/layers/PixelShuffle.ts";
import { SimpleGate } from "../../src/layers/SimpleGate.ts";
import { SimplifiedChannelAttention } from "../../src/layers/SimplifiedChannelAttention.ts";

export type Size = readonly [height: number, width: number];

export interface Specimen {
  readonly title: string;
  readonly create: (name?: string) => layers.Layer;
  readonly className: string;
  /** Fields of getConfig beside name and trainable. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Channels of each input. */
  readonly channels: readonly number[];
  /** Height and width of each input for a picture of that size. */
  readonly sizes: (size: Size) => readonly Size[];
  /** Height, width and channels of the output for a picture of that size. */
  readonly output: (size: Size) => readonly [height: number, width: number, channels: number];
  /** Names of the weights and their shapes. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

const alone = (size: Size): readonly Size[] => [size];
const named = (name: string | undefined): { name?: string } => (name === undefined ? {} : { name });
const roundUp4 = (size: number): number => 4 * Math.ceil(size / 4);

const BLOCK = {
  "norm1/weight": [8],
  "norm1/bias": [8],
  "conv1/kernel": [1, 1, 8, 16],
  "conv1/bias": [16],
  "conv2/kernel": [3, 3, 16, 1],
  "conv2/bias": [16],
  "conv3/kernel": [1, 1, 8, 8],
  "conv3/bias": [8],
  "norm2/weight": [8],
  "norm2/bias": [8],
  "conv4/kernel": [1, 1, 8, 16],
  "conv4/bias": [16],
  "conv5/kernel": [1, 1, 8, 8],
  "conv5/bias": [8],
  beta: [8],
  gamma: [8],
};

export const specimens: readonly Specimen[] = [
  {
    title: "LayerNorm2d",
    create: (name) => new LayerNorm2d({ ...named(name), epsilon: 1e-3 }),
    className: "LayerNorm2d",
    config: { epsilon: 1e-3 },
    channels: [5],
    sizes: alone,
    output: ([h, w]) => [h, w, 5],
    weights: { weight: [5], bias: [5] },
  },
  {
    title: "SimpleGate",
    create: (name) => new SimpleGate(named(name)),
    className: "SimpleGate",
    config: {},
    channels: [6],
    sizes: alone,
    output: ([h, w]) => [h, w, 3],
    weights: {},
  },
  {
    title: "SimplifiedChannelAttention",
    create: (name) => new SimplifiedChannelAttention(named(name)),
    className: "SimplifiedChannelAttention",
    config: { window: null },
    channels: [4],
    sizes: alone,
    output: () => [1, 1, 4],
    weights: { kernel: [1, 1, 4, 4], bias: [4] },
  },
  {
    title: "SimplifiedChannelAttention with a window",
    create: (name) => new SimplifiedChannelAttention({ ...named(name), window: [3, 4] }),
    className: "SimplifiedChannelAttention",
    config: { window: [3, 4] },
    channels: [4],
    sizes: alone,
    output: ([h, w]) => (h <= 3 && w <= 4 ? [1, 1, 4] : [h, w, 4]),
    weights: { kernel: [1, 1, 4, 4], bias: [4] },
  },
  {
    title: "MDTA",
    create: (name) => new MDTA({ ...named(name), heads: 2, useBias: false }),
    className: "MDTA",
    config: { heads: 2, useBias: false },
    channels: [6],
    sizes: alone,
    output: ([h, w]) => [h, w, 6],
    weights: {
      temperature: [2],
      "qkv/kernel": [1, 1, 6, 18],
      "qkv_dwconv/kernel": [3, 3, 18, 1],
      "project_out/kernel": [1, 1, 6, 6],
    },
  },
  {
    title: "NAFBlock with SCA and a window",
    create: (name) => new NAFBlock({ ...named(name), attention: "sca", window: [3, 4] }),
    className: "NAFBlock",
    config: { attention: "sca", window: [3, 4] },
    channels: [8],
    sizes: alone,
    output: ([h, w]) => [h, w, 8],
    weights: { ...BLOCK, "sca/kernel": [1, 1, 8, 8], "sca/bias": [8] },
  },
  {
    title: "NAFBlock with MDTA",
    create: (name) => new NAFBlock({ ...named(name), attention: "mdta", heads: 4, useBias: true }),
    className: "NAFBlock",
    config: { attention: "mdta", heads: 4, useBias: true, window: null },
    channels: [8],
    sizes: alone,
    output: ([h, w]) => [h, w, 8],
    weights: {
      ...BLOCK,
      "mdta/temperature": [4],
      "mdta/qkv/kernel": [1, 1, 8, 24],
      "mdta/qkv/bias": [24],
      "mdta/qkv_dwconv/kernel": [3, 3, 24, 1],
      "mdta/qkv_dwconv/bias": [24],
      "mdta/project_out/kernel": [1, 1, 8, 8],
      "mdta/project_out/bias": [8],
    },
  },
  {
    title: "PixelShuffle",
    create: (name) => new PixelShuffle({ ...named(name), upscaleFactor: 3 }),
    className: "PixelShuffle",
    config: { upscaleFactor: 3 },
    channels: [18],
    sizes: alone,
    output: ([h, w]) => [3 * h, 3 * w, 2],
    weights: {},
  },
  {
    title: "PadToMultiple",
    create: (name) => new PadToMultiple({ ...named(name), multiple: 4 }),
    className: "PadToMultiple",
    config: { multiple: 4 },
    channels: [2],
    sizes: alone,
    output: ([h, w]) => [roundUp4(h), roundUp4(w), 2],
    weights: {},
  },
  {
    title: "CropLike",
    create: (name) => new CropLike(named(name)),
    className: "CropLike",
    config: {},
    channels: [3, 1],
    sizes: ([h, w]) => [
      [h + 2, w + 3],
      [h, w],
    ],
    output: ([h, w]) => [h, w, 3],
    weights: {},
  },
];

/** Wrong ways to make a layer or to use it. */
export interface Misuse {
  readonly title: string;
  readonly create: () => layers.Layer;
  /** Shapes of the inputs; none: making it must fail. */
  readonly shapes?: ReadonlyArray<readonly number[]>;
  readonly message: string;
}

const ofOne = (shapes: ReadonlyArray<readonly number[]>): Pick<Misuse, "shapes"> => ({ shapes });

/** A wrong rank and two inputs, for each layer that takes one. */
const wrongInputs: readonly Misuse[] = specimens
  .filter(({ channels }) => channels.length === 1)
  .flatMap(({ title, create, channels: [c = 1] }) => [
    {
      title: `${title}: rank 3`,
      create: () => create("subject"),
      ...ofOne([[4, 4, c]]),
      message: `Expected one input of shape [n, h, w, c] with known channels for subject but received [4,4,${c}].`,
    },
    {
      title: `${title}: rank 5`,
      create: () => create("subject"),
      ...ofOne([[1, 1, 4, 4, c]]),
      message: `Expected one input of shape [n, h, w, c] with known channels for subject but received [1,1,4,4,${c}].`,
    },
  ]);

const option = (
  layer: string,
  create: () => layers.Layer,
  expected: string,
  name: string,
  came: unknown,
): Misuse => ({
  title: `${layer}: ${name} ${JSON.stringify(came) ?? came}`,
  create,
  message: `Expected ${expected} for ${name} of subject but received ${came}.`,
});

const integer = "an integer ≥ 1";

export const misuses: readonly Misuse[] = [
  ...wrongInputs,
  {
    title: "SimpleGate: odd channels",
    create: () => new SimpleGate({ name: "subject" }),
    shapes: [[1, 4, 4, 5]],
    message: "Expected channels divisible by 2 for subject but received 5.",
  },
  {
    title: "PixelShuffle: channels that 4 does not divide",
    create: () => new PixelShuffle({ name: "subject" }),
    shapes: [[1, 4, 4, 6]],
    message: "Expected channels divisible by 4 for subject but received 6.",
  },
  {
    title: "MDTA: channels that the heads do not divide",
    create: () => new MDTA({ name: "subject" }),
    shapes: [[1, 4, 4, 12]],
    message: "Expected channels divisible by 8 for subject but received 12.",
  },
  {
    title: "NAFBlock: channels that MDTA's heads do not divide",
    create: () => new NAFBlock({ name: "subject", attention: "mdta", heads: 3 }),
    shapes: [[1, 4, 4, 8]],
    message: "Expected channels divisible by 3 for subject but received 8.",
  },
  {
    title: "CropLike: one input",
    create: () => new CropLike({ name: "subject" }),
    shapes: [[1, 4, 4, 3]],
    message: "Expected the shapes [picture, like] for subject but received [[1,4,4,3]].",
  },
  {
    title: "CropLike: three inputs",
    create: () => new CropLike({ name: "subject" }),
    shapes: [
      [1, 4, 4, 3],
      [1, 4, 4, 3],
      [1, 4, 4, 3],
    ],
    message:
      "Expected the shapes [picture, like] for subject but received [[1,4,4,3],[1,4,4,3],[1,4,4,3]].",
  },
  {
    title: "CropLike: a picture that is too small",
    create: () => new CropLike({ name: "subject" }),
    shapes: [
      [1, 4, 4, 3],
      [1, 5, 4, 3],
    ],
    message: "Expected a picture of at least 5x4 (height x width) for subject but received 4x4.",
  },
  ...[0, -1, 1.5, Number.NaN].flatMap((value) => [
    option("MDTA", () => new MDTA({ name: "subject", heads: value }), integer, "heads", value),
    option(
      "NAFBlock",
      () => new NAFBlock({ name: "subject", attention: "mdta", heads: value }),
      integer,
      "heads",
      value,
    ),
    option(
      "PixelShuffle",
      () => new PixelShuffle({ name: "subject", upscaleFactor: value }),
      integer,
      "upscaleFactor",
      value,
    ),
    option(
      "PadToMultiple",
      () => new PadToMultiple({ name: "subject", multiple: value }),
      integer,
      "multiple",
      value,
    ),
    option(
      "SimplifiedChannelAttention",
      () => new SimplifiedChannelAttention({ name: "subject", window: [value, 3] }),
      integer,
      "window[0]",
      value,
    ),
    option(
      "NAFBlock",
      () => new NAFBlock({ name: "subject", window: [3, value] }),
      integer,
      "window[1]",
      value,
    ),
  ]),
];
