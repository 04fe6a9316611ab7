/**
 * Every layer and network against PyTorch's own output, on every backend present.
 * The references: tools/parity/reference.py.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  convolution,
  layerNormParameters,
  mdtaParameters,
  type Parameter,
} from "../../src/graph/parameters.ts";
import { fromPytorchLayout } from "../../src/graph/pytorchLayout.ts";
import { LayerNorm2d } from "../../src/layers/LayerNorm2d.ts";
import { MDTA } from "../../src/layers/MDTA.ts";
import { NAFBlock, nafBlockParameters } from "../../src/layers/NAFBlock.ts";
import { PixelShuffle } from "../../src/layers/PixelShuffle.ts";
import { SimpleGate } from "../../src/layers/SimpleGate.ts";
import { SimplifiedChannelAttention } from "../../src/layers/SimplifiedChannelAttention.ts";
import { toLayersModel } from "../../src/layers/toLayersModel.ts";
import { identify } from "../../src/models/registry.ts";
import { backends, useBackend } from "./backends.ts";
import { expectParity } from "./expectParity.ts";
import { expectedFor, type ParityCase, type ParityKind, parityCases, toNhwc } from "./fixtures.ts";
import { inputFor, stateDictFor } from "./random.ts";
import { TOLERANCES } from "./tolerances.ts";

/** Something with weights that maps a tensor to a tensor. */
interface Subject {
  readonly layer: layers.Layer | LayersModel;
  readonly parameters: readonly Parameter[];
}

const attentionOf = (config: {
  attention: "sca" | "mdta";
  heads: number;
  bias: boolean;
}): Parameters<typeof nafBlockParameters>[1] =>
  config.attention === "sca"
    ? { kind: "sca" }
    : { kind: "mdta", heads: config.heads, useBias: config.bias };

/** Builds what a case tests; the networks go through the registry, as a checkpoint does. */
const subjects: { [K in ParityKind]: (parityCase: ParityCase<K>) => Subject | Promise<Subject> } = {
  LayerNorm2d: ({ config }) => ({
    layer: new LayerNorm2d(),
    parameters: layerNormParameters(config.channels),
  }),
  SimpleGate: () => ({ layer: new SimpleGate(), parameters: [] }),
  PixelShuffle: ({ config }) => ({
    layer: new PixelShuffle({ upscaleFactor: config.factor }),
    parameters: [],
  }),
  SimplifiedChannelAttention: ({ config, weights }) => ({
    layer: new SimplifiedChannelAttention({ window: config.tlc_window }),
    // PyTorch's module is a sequence, so that its keys may carry its index.
    parameters: convolution(1, config.channels, config.channels).map((p) => ({
      ...p,
      pytorchName: weights.find(({ name }) => name.endsWith(p.pytorchName))?.name ?? p.pytorchName,
    })),
  }),
  MDTA: ({ config: { channels, heads, bias } }) => ({
    layer: new MDTA({ heads, useBias: bias }),
    parameters: mdtaParameters(channels, heads, bias),
  }),
  NAFBlock: ({ config }) => ({
    layer: new NAFBlock({
      attention: config.attention,
      heads: config.heads,
      useBias: config.bias,
      window: config.tlc_window,
    }),
    parameters: nafBlockParameters(config.channels, attentionOf(config)),
  }),
  NAFNet: async (parityCase) => {
    const { network, staleKeys } = identify(stateDictFor(parityCase));
    expect(staleKeys).toEqual([]);
    return {
      layer: toLayersModel(network.graph({ tlcBase: parityCase.config.tlc_base })),
      parameters: network.parameters,
    };
  },
};

/** Sets the weights by name; a layer's own are named in it, a model's `layer/weight`. */
function setWeights(
  { layer, parameters }: Subject,
  stateDict: ReturnType<typeof stateDictFor>,
): void {
  expect([...stateDict.keys()].sort()).toEqual(parameters.map((p) => p.pytorchName).sort());
  for (const variable of layer.weights) {
    const parameter = parameters.find(
      ({ name }) => variable.originalName === name || variable.originalName.endsWith(`/${name}`),
    );
    const values = parameter && stateDict.get(parameter.pytorchName)?.data;
    if (parameter === undefined || values === undefined) {
      throw new Error(`No value for ${variable.originalName}.`);
    }
    const tensor = tf.tensor(fromPytorchLayout(parameter, values), [...parameter.shape]);
    variable.write(tensor);
    tensor.dispose();
  }
}

async function measure<K extends ParityKind>(parityCase: ParityCase<K>): Promise<number> {
  const input = toNhwc(inputFor(parityCase));
  const expected = toNhwc(expectedFor(parityCase));
  const subject = await subjects[parityCase.kind](parityCase);
  const tensorsBefore = tf.memory().numTensors;
  const x = tf.tensor4d(input.data, input.shape as [number, number, number, number]);
  if ("predict" in subject.layer) {
    setWeights(subject, stateDictFor(parityCase));
  } else {
    tf.dispose(subject.layer.apply(x) as tf.Tensor); // builds the weights
    setWeights(subject, stateDictFor(parityCase));
  }
  const held = tf.memory().numTensors;
  const y = subject.layer.apply(x) as tf.Tensor;
  expect(tf.memory().numTensors).toBe(held + 1);
  const actual = await y.data();
  const { maxAbs } = expectParity(actual, expected.data, {
    // Where PyTorch itself is that far from float64, no more can be asked.
    tolerance: Math.max(TOLERANCES[parityCase.kind], 2 * parityCase.noise),
    shape: expected.shape,
    actualShape: y.shape,
  });
  tf.dispose([x, y]);
  subject.layer.dispose();
  expect(tf.memory().numTensors).toBeLessThanOrEqual(tensorsBefore);
  return maxAbs;
}

describe.each(backends)("$name", ({ name, skipped }) => {
  if (skipped !== undefined) {
    it.skip(`skipped: ${skipped}`);
    return;
  }
  const measured = new Map<string, number>();

  beforeAll(() => useBackend(name));
  afterAll(() => {
    const figures = [...measured].map(([kind, maxAbs]) => `${kind} ${maxAbs.toExponential(1)}`);
    console.log(`max abs error on ${name}: ${figures.join(", ")}`);
  });

  const kinds = Object.keys(subjects) as ParityKind[];
  describe.each(kinds)("%s", (kind) => {
    it.each(parityCases(kind))("$name", async (parityCase) => {
      const maxAbs = await measure(parityCase);
      const { low, high } = parityCase.input;
      const range = high > 1 ? `${kind} (inputs ${low} to ${high})` : kind;
      measured.set(range, Math.max(measured.get(range) ?? 0, maxAbs));
    });
  });
});
