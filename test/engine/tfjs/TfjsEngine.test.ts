/** A plan of the tfjs engine: its results, progress, aborts, errors and memory. */

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, Plan } from "../../../src/engine/Engine.ts";
import { createTfjsEngine } from "../../../src/engine/tfjs/TfjsEngine.ts";
import type { FloatImage } from "../../../src/image/FloatImage.ts";
import type { Network } from "../../../src/models/Architecture.ts";
import type { NAFNetConfig } from "../../../src/models/nafnet/NAFNet.ts";
import { backends, useBackend } from "../../parity/backends.ts";
import { rejectionOf } from "../../support/errors.ts";
import {
  imageOf,
  modelOf,
  networkOf,
  predict,
  TINY_MDTA,
  TINY_SCA,
  weightMapOf,
} from "../../support/networks.ts";

const FOUR_CHANNELS: NAFNetConfig = { ...TINY_SCA, imgChannel: 4 };

async function compile(
  engine: Engine,
  config: NAFNetConfig,
  tlcBase: number | null = null,
): Promise<Plan> {
  const network = networkOf(config);
  return engine.compile(network.graph({ tlcBase }), weightMapOf(network));
}

describe.each(backends)("on $name", ({ name, skipped }) => {
  if (skipped !== undefined) {
    it.skip(`skipped: ${skipped}`);
    return;
  }
  let engine: Engine;
  beforeAll(async () => {
    await useBackend(name);
    engine = await createTfjsEngine();
  });

  it("runs on the backend that the caller has chosen", async () => {
    // On a machine with a GPU, tensorflow's ends "on a GPU".
    expect(engine.detail).toContain(`tfjs-core ${tf.version_core}, backend ${name}`);
    const plan = await compile(engine, TINY_SCA);
    expect(plan.engine).toContain(`tfjs (${name}`);
    plan.dispose();
  });

  it.each<[string, NAFNetConfig, number | null]>([
    ["SCA", TINY_SCA, null],
    ["SCA with TLC", TINY_SCA, 8],
    ["MDTA", TINY_MDTA, null],
    ["4 channels", FOUR_CHANNELS, null],
  ])("gives exactly what model.predict gives: %s", async (_, config, tlcBase) => {
    const before = tf.memory().numTensors;
    const network = networkOf(config);
    const weights = weightMapOf(network);
    const model = await modelOf(network, weights, tlcBase);
    const plan = await engine.compile(network.graph({ tlcBase }), weights);
    for (const [width, height] of [
      [19, 13],
      [1, 1],
      [16, 12],
    ] as const) {
      const image = imageOf(width, height, config.imgChannel);
      const input = image.data.slice();
      const result = await plan.run(image);
      expect({ ...result, data: undefined }).toEqual({
        width,
        height,
        channels: config.imgChannel,
        report: {
          elapsedMs: expect.any(Number),
          peakMemoryBytes: null,
          scratchBytes: 0,
          strips: 1,
          nonFinite: false,
        },
      });
      expect(result.data).toBeInstanceOf(Float32Array);
      expect(result.data).toEqual(predict(model, image));
      expect(image.data).toEqual(input);
    }
    model.dispose();
    plan.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a plan", () => {
  let engine: Engine;
  let network: Network;
  let plan: Plan;
  let tensors = 0;
  const image = imageOf(24, 20);

  beforeAll(async () => {
    await useBackend("wasm");
    engine = await createTfjsEngine();
    network = networkOf(TINY_SCA);
    plan = await engine.compile(network.graph({ tlcBase: null }), weightMapOf(network));
    tensors = tf.memory().numTensors;
  });
  afterAll(() => plan.dispose());

  it("reports progress that rises from above 0 to exactly 1", async () => {
    const fractions: number[] = [];
    await plan.run(image, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThanOrEqual(10);
    expect(fractions[0]).toBeGreaterThan(0);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(Math.abs(fractions.at(-1)! - 1)).toBeLessThan(1e-9);
    // Steps of the work, not all of it at the end.
    expect(fractions.filter((fraction) => fraction > 0.2 && fraction < 0.8).length).toBeGreaterThan(
      2,
    );
  });

  it("gives the event loop its turn between layers", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    let immediates = 0;
    const running = plan.run(image);
    let done = false;
    const finished = running.finally(() => {
      done = true;
    });
    while (!done) {
      await setImmediate();
      immediates++;
    }
    clearInterval(timer);
    await finished;
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(immediates).toBeGreaterThanOrEqual(5);
  });

  it("does not run when the signal has already fired", async () => {
    const fractions: number[] = [];
    const signal = AbortSignal.abort(new Error("changed my mind"));
    const error = await rejectionOf(
      plan.run(image, { signal, onProgress: (fraction) => fractions.push(fraction) }),
    );
    expect(error.code).toBe("ABORTED");
    expect(error.name).toBe("AbortError");
    expect(error.message).toBe("The work was aborted.");
    expect(error.cause).toMatchObject({ message: "changed my mind" });
    expect(fractions).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each([1, 3, 8])("stops after %d steps when the signal fires then", async (steps) => {
    const controller = new AbortController();
    let called = 0;
    const onProgress = (): void => {
      called++;
      if (called === steps) controller.abort("enough");
    };
    const error = await rejectionOf(plan.run(image, { signal: controller.signal, onProgress }));
    expect(error.code).toBe("ABORTED");
    expect(error.cause).toBe("enough");
    expect(called).toBe(steps);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("passes on what the caller's onProgress throws, unchanged", async () => {
    const mine = new RangeError("mine");
    const run = plan.run(image, {
      onProgress: () => {
        throw mine;
      },
    });
    await expect(run).rejects.toBe(mine);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("stops when a timer fires the signal", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const error = await rejectionOf(plan.run(imageOf(160, 160), { signal: controller.signal }));
    expect(error.code).toBe("ABORTED");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("runs again after an aborted run, and an aborted run in the queue hurts no other", async () => {
    const expected = (await plan.run(image)).data;
    const controller = new AbortController();
    const aborted = rejectionOf(plan.run(image, { signal: controller.signal }));
    const second = plan.run(image);
    controller.abort();
    expect((await aborted).code).toBe("ABORTED");
    expect((await second).data).toEqual(expected);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("ignores a signal that fires after the run", async () => {
    const controller = new AbortController();
    const result = await plan.run(image, { signal: controller.signal });
    controller.abort();
    expect(result.data.length).toBe(image.data.length);
  });

  it("keeps no tensor over 20 runs, nor memory", async () => {
    const bytes = tf.memory().numBytes;
    for (let run = 0; run < 20; run++) {
      await plan.run(imageOf(8 + run, 9));
      expect(tf.memory().numTensors).toBe(tensors);
    }
    expect(tf.memory().numBytes).toBe(bytes);
  });

  it("gives concurrent runs their own results, in the order of the calls", async () => {
    const images = [imageOf(17, 9, 3, "a"), imageOf(9, 17, 3, "b"), imageOf(17, 9, 3, "c")];
    const alone: Float32Array[] = [];
    for (const one of images) alone.push((await plan.run(one)).data);
    const order: number[] = [];
    const together = await Promise.all(
      images.map(async (one, i) => {
        const result = await plan.run(one);
        order.push(i);
        return result;
      }),
    );
    for (const [i, result] of together.entries()) {
      expect([result.width, result.height]).toEqual([images[i]?.width, images[i]?.height]);
      expect(result.data).toEqual(alone[i]);
    }
    expect(order).toEqual([0, 1, 2]);
    expect(alone[0]).not.toEqual(alone[2]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("serves two plans at once", async () => {
    const other = await compile(engine, TINY_MDTA);
    const expected = [(await plan.run(image)).data, (await other.run(image)).data];
    const together = await Promise.all([plan.run(image), other.run(image)]);
    expect(together.map(({ data }) => data)).toEqual(expected);
    expect(expected[0]).not.toEqual(expected[1]);
    other.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each<[string, FloatImage]>([
    ["too few values", { ...image, data: image.data.subarray(1) }],
    ["too many channels", imageOf(24, 20, 4)],
  ])("fails without losing memory on %s", async (_, wrong) => {
    const error = await rejectionOf(plan.run(wrong));
    expect(error.code).toBe("ENGINE_FAILED");
    expect(error.message).toMatch(/^tfjs \(wasm\) failed on a picture of 24x20: /);
    expect(error.cause).toBeInstanceOf(Error);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("frees the weights when it is disposed, and does not run after it", async () => {
    const other = await compile(engine, TINY_MDTA);
    expect(tf.memory().numTensors).toBe(tensors + networkOf(TINY_MDTA).parameters.length);
    await other.run(image);
    other.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    const error = await rejectionOf(other.run(image));
    expect(error.code).toBe("ENGINE_FAILED");
    expect(error.message).toContain("disposed");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("tells the time of the next run from the last", async () => {
    const own = await engine.compile(network.graph({ tlcBase: null }), weightMapOf(network));
    expect((await own.estimate(24, 20)).elapsedMs).toBeNull();
    const { elapsedMs } = (await own.run(image)).report;
    expect((await own.estimate(24, 20)).elapsedMs).toBeCloseTo(elapsedMs);
    expect((await own.estimate(48, 40)).elapsedMs).toBeCloseTo(4 * elapsedMs);
    own.dispose();
  });

  it("tells of values that are not finite", async () => {
    const bad = imageOf(24, 20);
    bad.data[100] = Number.NaN;
    expect((await plan.run(bad)).report.nonFinite).toBe(true);
  });

  it("refuses what it would have to ignore", async () => {
    for (const options of [{ precision: "bf16" }, { threads: 2 }] as const) {
      expect(engine.objection(options)).toMatch(/leave (precision|threads) out\.$/);
      const compiling = engine.compile(network.graph({ tlcBase: null }), weightMapOf(network), {
        ...options,
      });
      expect((await rejectionOf(compiling)).code).toBe("ENGINE_UNAVAILABLE");
    }
    expect(engine.objection({ precision: "float32", maxMemoryBytes: 1e9 })).toBeUndefined();
  });

  it("keeps to the caller's limit of memory", async () => {
    const own = await engine.compile(network.graph({ tlcBase: null }), weightMapOf(network), {
      maxMemoryBytes: 100_000,
    });
    expect((await own.estimate(24, 20)).limitBytes).toBe(100_000);
    expect((await rejectionOf(own.run(image))).code).toBe("MEMORY_LIMIT");
    own.dispose();
  });

  it("does not hold on to the caller's weights", async () => {
    const weights = weightMapOf(network);
    const own = await engine.compile(network.graph({ tlcBase: null }), weights);
    const expected = (await plan.run(image)).data;
    for (const { data } of weights.values()) data.fill(0);
    expect((await own.run(image)).data).toEqual(expected);
    own.dispose();
  });

  it.each<
    [string, (weights: Map<string, { shape: readonly number[]; data: Float32Array }>) => void]
  >([
    ["is missing", (weights) => weights.delete("ending/bias")],
    [
      "has another shape",
      (weights) => weights.set("ending/bias", { shape: [4], data: new Float32Array(4) }),
    ],
    [
      "has too few values",
      (weights) => weights.set("ending/bias", { shape: [3], data: new Float32Array(2) }),
    ],
  ])("is not compiled, and leaves nothing behind, where a weight %s", async (_, damage) => {
    const weights = new Map(weightMapOf(network));
    damage(weights);
    const error = await rejectionOf(engine.compile(network.graph({ tlcBase: null }), weights));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain("ending/bias");
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
