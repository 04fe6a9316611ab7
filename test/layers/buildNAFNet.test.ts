/** NAFNet as a plain LayersModel, as users of `nafnet/layers` have it. */

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { buildNAFNet } from "../../src/layers/buildNAFNet.ts";
import { useBackend } from "../parity/backends.ts";
import { errorOf } from "../support/errors.ts";
import {
  imageOf,
  modelOf,
  networkOf,
  predict,
  TINY_MDTA,
  TINY_SCA,
  weightMapOf,
} from "../support/networks.ts";

beforeAll(() => useBackend("wasm"));

describe.each([
  ["SCA", TINY_SCA],
  ["MDTA", TINY_MDTA],
  ["SCA with 4 channels", { ...TINY_SCA, imgChannel: 4 }],
])("buildNAFNet with %s", (_, config) => {
  it("has the table's weights and serves for any size", () => {
    const before = tf.memory().numTensors;
    const model = buildNAFNet(config);
    const weights = new Map(model.weights.map((w) => [w.originalName, w.shape] as const));
    const table = networkOf(config).parameters;
    expect(weights.size).toBe(table.length);
    for (const { name, shape } of table) expect([name, weights.get(name)]).toEqual([name, shape]);
    expect(model.inputs[0]?.shape).toEqual([null, null, null, config.imgChannel]);
    expect(model.outputs[0]?.shape).toEqual([null, null, null, config.imgChannel]);

    const held = tf.memory().numTensors;
    for (const [width, height] of [
      [13, 7],
      [1, 1],
      [8, 12],
    ] as const) {
      const image = imageOf(width, height, config.imgChannel);
      const y = predict(model, image);
      expect(y.length).toBe(image.data.length);
      expect(y.every(Number.isFinite)).toBe(true);
      expect(y).not.toEqual(image.data);
      expect(tf.memory().numTensors).toBe(held);
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("buildNAFNet", () => {
  it("starts from zeros on request: the picture comes back as it is", () => {
    const model = buildNAFNet(TINY_SCA, { fastWeightInit: true });
    const image = imageOf(9, 6);
    expect(predict(model, image)).toEqual(image.data);
    model.dispose();
  });

  it("makes the means local with tlcBase, halved at each level", async () => {
    const network = networkOf(TINY_SCA);
    const weights = weightMapOf(network);
    const image = imageOf(24, 20);
    const plain = await modelOf(network, weights);
    const local = await modelOf(network, weights, 8);
    const covering = await modelOf(network, weights, 24);
    const windowOf = (name: string): unknown => local.getLayer(name).getConfig().window;
    expect(windowOf("encoders.0.0")).toEqual([8, 8]);
    expect(windowOf("encoders.1.0")).toEqual([4, 4]);
    expect(windowOf("middle_blks.0")).toEqual([2, 2]);
    expect(windowOf("decoders.0.0")).toEqual([4, 4]);
    expect(windowOf("decoders.1.0")).toEqual([8, 8]);
    expect(predict(local, image)).not.toEqual(predict(plain, image));
    expect(predict(covering, image)).toEqual(predict(plain, image));
    for (const model of [plain, local, covering]) model.dispose();
  });

  it("keeps TLC's window at one pixel where it would vanish", () => {
    const model = buildNAFNet(TINY_SCA, { tlcBase: 2 });
    expect(model.getLayer("middle_blks.0").getConfig().window).toEqual([1, 1]);
    model.dispose();
  });

  it("refuses encoders and decoders of different depth", () => {
    const error = errorOf(() => buildNAFNet({ ...TINY_SCA, decBlkNums: [1] }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toBe(
      "Expected as many levels in decBlkNums as in encBlkNums but received 1 and 2.",
    );
  });

  it("refuses heads that do not divide the channels, naming the block", () => {
    const attention = { kind: "mdta", heads: 5, useBias: false } as const;
    const error = errorOf(() => buildNAFNet({ ...TINY_MDTA, attention }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toBe("Expected channels divisible by 5 for encoders.0.0 but received 8.");
  });
});
