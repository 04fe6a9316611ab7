/** The estimate of a run's memory: held to what tf.profile measures, and to what is done with it. */

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/Engine.ts";
import { createTfjsEngine } from "../../../src/engine/tfjs/TfjsEngine.ts";
import type { FloatImage } from "../../../src/image/FloatImage.ts";
import type { NAFNetConfig } from "../../../src/models/nafnet/NAFNet.ts";
import { useBackend } from "../../parity/backends.ts";
import { rejectionOf } from "../../support/errors.ts";
import { imageOf, networkOf, weightMapOf } from "../../support/networks.ts";

const SCA: NAFNetConfig = {
  imgChannel: 3,
  width: 16,
  encBlkNums: [1, 1, 1, 1],
  middleBlkNum: 1,
  decBlkNums: [1, 1, 1, 1],
  attention: { kind: "sca" },
};
const MDTA: NAFNetConfig = { ...SCA, attention: { kind: "mdta", heads: 8, useBias: true } };

let engine: Engine;
beforeAll(async () => {
  await useBackend("wasm");
  engine = await createTfjsEngine();
});

/** The most bytes that a run holds beside the weights. */
async function measuredPeak(
  config: NAFNetConfig,
  tlcBase: number | null,
  image: FloatImage,
): Promise<{ peak: number; estimate: number }> {
  const network = networkOf(config);
  const plan = await engine.compile(network.graph({ tlcBase }), weightMapOf(network));
  const held = tf.memory().numBytes;
  let pending: Promise<FloatImage> | undefined;
  const profile = await tf.profile((() => {
    pending = plan.run(image);
    // tf.profile waits for a promise, which its types do not say.
    return pending;
  }) as unknown as () => tf.TensorContainer);
  const result = await pending;
  expect(result?.data.length).toBe(image.data.length);
  const estimate = (await plan.estimate(image.width, image.height)).memoryBytes;
  plan.dispose();
  return { peak: profile.peakBytes - held, estimate };
}

describe("the estimate", () => {
  it.each<[string, NAFNetConfig, number | null, number, number]>([
    ["SCA", SCA, null, 200, 160],
    ["SCA with TLC", SCA, 96, 200, 160],
    ["MDTA", MDTA, null, 200, 160],
    ["SCA, padded", SCA, null, 161, 145],
    ["4 channels", { ...SCA, imgChannel: 4 }, null, 160, 128],
    ["twice the width", { ...SCA, width: 32 }, null, 96, 96],
  ])("covers the peak closely: %s", async (_, config, tlcBase, width, height) => {
    const image = imageOf(width, height, config.imgChannel);
    const { peak, estimate } = await measuredPeak(config, tlcBase, image);
    expect(peak).toBeGreaterThan(4 * image.data.length);
    expect(estimate).toBeGreaterThanOrEqual(peak);
    expect(estimate / peak).toBeLessThanOrEqual(1.35);
  });

  it("grows with the padded picture", async () => {
    const network = networkOf(SCA);
    const plan = await engine.compile(network.graph({ tlcBase: null }), weightMapOf(network));
    const { memoryBytes, limitBytes } = await plan.estimate(64, 64);
    expect((await plan.estimate(49, 64)).memoryBytes).toBe(memoryBytes);
    expect((await plan.estimate(128, 64)).memoryBytes).toBe(2 * memoryBytes);
    expect((await plan.estimate(65, 64)).memoryBytes).toBe(1.25 * memoryBytes);
    expect(limitBytes).toBeGreaterThan(0);
    expect(limitBytes).toBeLessThan(2 ** 32); // the end of the wasm heap
    plan.dispose();
  });
});

describe("a picture that is too large", () => {
  it("is refused before anything is allocated, with the sizes and what to do", async () => {
    const network = networkOf(SCA);
    const plan = await engine.compile(network.graph({ tlcBase: null }), weightMapOf(network));
    const { memoryBytes, limitBytes } = await plan.estimate(100_000, 100_000);
    expect(memoryBytes).toBe(1e10 * 4 * (3 * 3 + 6 * 16));
    const tensors = tf.memory().numTensors;
    const fractions: number[] = [];
    // The data is small on purpose: whoever reads it before checking fails otherwise.
    const image = { width: 100_000, height: 100_000, channels: 3, data: new Float32Array(3) };
    const error = await rejectionOf(
      plan.run(image, { onProgress: (fraction) => fractions.push(fraction) }),
    );
    expect(error.code).toBe("MEMORY_LIMIT");
    expect(error.message).toMatch(
      /^A picture of 100000x100000 needs about 3911\.6 GiB on tfjs \(wasm\), which may use [\d.]+ [MG]iB: give it at most \d+\.\d megapixels, or run npx nafnet-tfjs-node once, which builds a backend without the 4 GiB limit\.$/,
    );
    // What is free may have changed a little between the two questions.
    const most = Number(/at most ([\d.]+) megapixels/.exec(error.message)?.[1]);
    expect(most / (((limitBytes / memoryBytes) * 1e10) / 1e6)).toBeCloseTo(1, 0);
    expect(fractions).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
    const small = imageOf(8, 8);
    expect((await plan.run(small)).data.length).toBe(small.data.length);
    plan.dispose();
  });

  it("is told nothing of the wasm heap on another backend", async () => {
    await useBackend("cpu");
    const network = networkOf(SCA);
    const plan = await (await createTfjsEngine()).compile(
      network.graph({ tlcBase: null }),
      weightMapOf(network),
    );
    const image = { width: 100_000, height: 100_000, channels: 3, data: new Float32Array(3) };
    const error = await rejectionOf(plan.run(image));
    expect(error.code).toBe("MEMORY_LIMIT");
    expect(error.message).toMatch(
      /on tfjs \(cpu\), which may use [\d.]+ [MG]iB: give it at most [\d.]+ megapixels\.$/,
    );
    plan.dispose();
    await useBackend("wasm");
  });
});
