/** Duties of every custom layer towards tfjs: its configuration, its shapes, its errors, its memory. */

import * as tf from "@tensorflow/tfjs-core";
import { input, type layers, model, models, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  DEFAULT_HEADS,
  LAYER_NORM_EPSILON,
  LayerNorm2d,
  MDTA,
  NAFBlock,
} from "../../src/layers/index.ts";
import { backends, useBackend } from "../parity/backends.ts";
import { randomValues } from "../parity/random.ts";
import { errorOf } from "../support/errors.ts";
import { misuses, type Size, type Specimen, specimens } from "./specimens.ts";

/** 1×1, primes, within the window [3, 4], at it and beyond it. */
const SIZES: readonly Size[] = [
  [1, 1],
  [3, 4],
  [7, 5],
  [2, 9],
];

describe.each(backends)("$name", ({ name, skipped }) => {
  if (skipped !== undefined) {
    it.skip(`skipped: ${skipped}`);
    return;
  }
  beforeAll(() => useBackend(name));

  describe.each(specimens)("$title", (specimen) => {
    it("has its configuration, and comes back from it with the same output", () => {
      const layer = specimen.create("subject");
      const x = inputsOf(specimen, [7, 5]);
      const before = apply(layer, x);
      tf.dispose(before);
      randomizeWeights(layer);
      const expected = apply(layer, x);

      const config = layer.getConfig();
      expect(config).toEqual({ name: "subject", trainable: true, ...specimen.config });
      const restored = fromConfig(specimen.className, JSON.parse(JSON.stringify(config)));
      expect(restored.getConfig()).toEqual(config);
      expect(restored.getClassName()).toBe(specimen.className);
      tf.dispose(apply(restored, x)); // builds the weights
      restored.setWeights(layer.getWeights());
      const actual = apply(restored, x);
      expect(actual.shape).toEqual(expected.shape);
      expect(actual.dataSync()).toEqual(expected.dataSync());

      tf.dispose([...x, expected, actual]);
      layer.dispose();
      restored.dispose();
    });

    it("has the weights of the table", () => {
      const layer = specimen.create("subject");
      const x = inputsOf(specimen, [3, 4]);
      const y = apply(layer, x);
      const weights = Object.fromEntries(layer.weights.map((w) => [w.originalName, w.shape]));
      expect(weights).toEqual(
        Object.fromEntries(
          Object.entries(specimen.weights).map(([key, shape]) => [`subject/${key}`, shape]),
        ),
      );
      tf.dispose([...x, y]);
      layer.dispose();
    });

    it.each(SIZES)("computes the output's shape of %i x %i", (...size) => {
      const layer = specimen.create();
      const x = inputsOf(specimen, size);
      const y = apply(layer, x);
      expect(y.dtype).toBe("float32");
      expect(y.shape).toEqual([2, ...specimen.output(size)]);
      expect(y.dataSync().every(Number.isFinite)).toBe(true);
      expect(layer.computeOutputShape(listOrOne(x.map((t) => t.shape)))).toEqual(y.shape);

      const unknown = specimen.channels.map((c) => [null, null, null, c]);
      const [n, h, w, c] = layer.computeOutputShape(listOrOne(unknown)) as Array<number | null>;
      expect([n, c]).toEqual([null, y.shape[3]]);
      // Known without the picture's size only where it does not depend on it.
      const fixed = specimen.className === "SimplifiedChannelAttention" && !specimen.config.window;
      expect([h, w]).toEqual(fixed ? [1, 1] : [null, null]);
      tf.dispose([...x, y]);
      layer.dispose();
    });

    it("leaves no tensor behind", () => {
      const before = tf.memory().numTensors;
      const layer = specimen.create();
      const x = inputsOf(specimen, [7, 5]);
      tf.dispose(apply(layer, x));
      const built = tf.memory().numTensors;
      expect(built).toBe(before + x.length + Object.keys(specimen.weights).length);
      const y = apply(layer, x);
      expect(tf.memory().numTensors).toBe(built + 1);
      expect(x.every((t) => !t.isDisposed)).toBe(true);
      tf.dispose([...x, y]);
      layer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it("treats each picture of a batch as if it were alone", () => {
      const layer = specimen.create();
      const x = inputsOf(specimen, [7, 5]);
      tf.dispose(apply(layer, x));
      randomizeWeights(layer);
      const both = apply(layer, x);
      for (const index of [0, 1]) {
        tf.tidy(() => {
          const one = apply(
            layer,
            x.map((t) => tf.slice(t, [index], [1])),
          );
          const expected = one.dataSync();
          const actual = tf.slice(both, [index], [1]).dataSync();
          expect(actual.length).toBe(expected.length);
          // tensorflow sums a batch in another order: 2.1e-7 of the largest value was the most.
          const errors = actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
          const largest = Math.max(...expected.map(Math.abs));
          expect(Math.max(...errors)).toBeLessThanOrEqual(4e-7 * largest);
        });
      }
      tf.dispose([...x, both]);
      layer.dispose();
    });

    it("serves in a functional model for any height and width, before and after JSON", async () => {
      const before = tf.memory().numTensors;
      const layer = specimen.create("subject");
      const symbols = specimen.channels.map((c, i) =>
        input({ shape: [null, null, c], name: `input${i}` }),
      );
      const output = layer.apply(symbols.length === 1 ? symbols[0]! : symbols) as SymbolicTensor; // symbolic in, symbolic out
      const network = model({ inputs: symbols, outputs: output });
      randomizeWeights(layer);
      const topology = JSON.parse(network.toJSON() as string); // text unless asked for an object
      const restored = await models.modelFromJSON({ modelTopology: topology });
      restored.setWeights(network.getWeights());
      for (const size of [
        [7, 5],
        [1, 3],
      ] as const) {
        const x = inputsOf(specimen, size);
        const expected = apply(layer, x);
        for (const subject of [network, restored]) {
          const y = subject.predict(x.length === 1 ? x[0]! : x) as tf.Tensor; // one output
          expect(y.shape).toEqual([2, ...specimen.output(size)]);
          expect(y.dataSync()).toEqual(expected.dataSync());
          y.dispose();
        }
        tf.dispose([...x, expected]);
      }
      network.dispose();
      restored.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  describe("misuse", () => {
    it.each(misuses)("$title", ({ create, shapes, message }) => {
      const before = tf.memory().numTensors;
      if (shapes === undefined) {
        const error = errorOf(create);
        expect([error.code, error.message]).toEqual(["INVALID_ARGUMENT", message]);
        return;
      }
      const layer = create();
      const x = shapes.map((shape) => tf.zeros([...shape]));
      const thrown = [
        errorOf(() => layer.apply(x.length === 1 ? x[0]! : x)),
        errorOf(() => layer.computeOutputShape(listOrOne(x.map((t) => t.shape)))),
      ];
      if (x.length === 1 && layer.getClassName() === "CropLike") thrown.pop(); // a list is expected
      for (const error of thrown) {
        expect([error.code, error.message]).toEqual(["INVALID_ARGUMENT", message]);
      }
      tf.dispose(x);
      expect(tf.memory().numTensors).toBe(before);
    });

    it.each(specimens.filter(({ channels }) => channels.length === 1))(
      "$title: two inputs",
      ({ create, channels: [c = 1] }) => {
        const layer = create("subject");
        const x = [tf.zeros([1, 4, 4, c]), tf.zeros([1, 4, 4, c])];
        const error = errorOf(() => layer.apply(x));
        expect(error.code).toBe("INVALID_ARGUMENT");
        expect(error.message).toMatch(/^Expected one input .*for subject but received/);
        tf.dispose(x);
      },
    );

    it.each(specimens.filter(({ weights }) => Object.keys(weights).length > 0))(
      "$title: other channels than it was built for",
      ({ create, channels: [c = 1] }) => {
        const layer = create("subject");
        const x = tf.zeros([1, 4, 4, c]);
        tf.dispose(layer.apply(x) as tf.Tensor);
        for (const other of [1, 2 * c]) {
          const wrong = tf.zeros([1, 4, 4, other]);
          const error = errorOf(() => layer.apply(wrong));
          expect([error.code, error.message]).toEqual([
            "INVALID_ARGUMENT",
            `Expected ${c} channels for subject, which was built with them, but received ${other}.`,
          ]);
          wrong.dispose();
        }
        x.dispose();
        layer.dispose();
      },
    );
  });
});

describe("options", () => {
  it("have their defaults", () => {
    expect(new LayerNorm2d().getConfig()).toMatchObject({ epsilon: LAYER_NORM_EPSILON });
    expect(LAYER_NORM_EPSILON).toBe(1e-6);
    expect(new MDTA().getConfig()).toMatchObject({ heads: 8, useBias: true });
    expect(DEFAULT_HEADS).toBe(8);
    expect(new NAFBlock().getConfig()).toMatchObject({ attention: "sca", window: null });
    expect(new NAFBlock({ attention: "mdta" }).getConfig()).toMatchObject({
      attention: "mdta",
      heads: 8,
      useBias: true,
      window: null,
    });
  });

  // What a model.json may say although TypeScript forbids it.
  it.each([
    [
      "NAFBlock",
      { attention: "se" },
      'Expected "sca" or "mdta" for attention of subject but received "se".',
    ],
    [
      "NAFBlock",
      { window: 5 },
      "Expected [height, width] or null for window of subject but received 5.",
    ],
    [
      "NAFBlock",
      { window: [5] },
      "Expected [height, width] or null for window of subject but received [5].",
    ],
    [
      "SimplifiedChannelAttention",
      { window: [2, 3, 4] },
      "Expected [height, width] or null for window of subject but received [2,3,4].",
    ],
    [
      "SimplifiedChannelAttention",
      { window: "3x3" },
      'Expected [height, width] or null for window of subject but received "3x3".',
    ],
    ["MDTA", { heads: "8" }, "Expected an integer ≥ 1 for heads of subject but received 8."],
    [
      "PadToMultiple",
      {},
      "Expected an integer ≥ 1 for multiple of subject but received undefined.",
    ],
    [
      "LayerNorm2d",
      { epsilon: -1 },
      "Expected a number ≥ 0 for epsilon of subject but received -1.",
    ],
    [
      "LayerNorm2d",
      { epsilon: Number.NaN },
      "Expected a number ≥ 0 for epsilon of subject but received NaN.",
    ],
    [
      "LayerNorm2d",
      { epsilon: "small" },
      "Expected a number ≥ 0 for epsilon of subject but received small.",
    ],
  ])("of a %s are refused: %o", (className, config, message) => {
    const error = errorOf(() => fromConfig(className, { name: "subject", ...config }));
    expect([error.code, error.message]).toEqual(["INVALID_ARGUMENT", message]);
  });
});

/** As tfjs itself makes a layer from JSON. */
function fromConfig(className: string, config: tf.serialization.ConfigDict): layers.Layer {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap[className];
  if (registered === undefined) throw new Error(`${className} is not registered.`);
  const [layerClass, restore] = registered;
  return restore(layerClass, config) as layers.Layer; // only layers are asked for
}

/** Inputs for a batch of two pictures of that size. */
function inputsOf({ title, channels, sizes }: Specimen, size: Size): tf.Tensor4D[] {
  return sizes(size).map(([h, w], i) => {
    const c = channels[i] ?? 1;
    return tf.tensor4d(randomValues(`${title}/${i}`, 2 * h * w * c, -1, 1), [2, h, w, c]);
  });
}

function apply(layer: layers.Layer, x: tf.Tensor[]): tf.Tensor {
  return layer.apply(x.length === 1 ? x[0]! : x) as tf.Tensor; // tensors in, one tensor out
}

function listOrOne(
  shapes: Array<Array<number | null>>,
): Array<number | null> | Array<Array<number | null>> {
  return shapes.length === 1 ? shapes[0]! : shapes;
}

/** So that no weight is without effect: beta and gamma begin as zeros. */
function randomizeWeights(layer: layers.Layer): void {
  tf.tidy(() => {
    for (const variable of layer.weights) {
      const shape = variable.shape.map((size) => size ?? 1);
      variable.write(
        tf.tensor(randomValues(variable.originalName, tf.util.sizeFromShape(shape), -1, 1), shape),
      );
    }
  });
}
