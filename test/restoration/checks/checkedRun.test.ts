/** Networks that go wrong: their results, receipts and errors. */

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Raster } from "../../../src/image/Raster.ts";
import { createRestorer, type Progress, type RestoredImage, restore } from "../../../src/index.ts";
import { drawn } from "../../../tools/thresholds/pictures.ts";
import { writeCraftedWeights } from "../../support/craftedWeights.ts";
import { rejectionOf } from "../../support/errors.ts";
import { scene, withNoise } from "../../support/pictures.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const at = temporaryFolder();
const picture = scene(96, 64);
const dark = drawn(96, 64, (x, y, c) => scene(96, 64).data[3 * (96 * y + x) + c]! / 10);
/** Mean red 0.5, dark on the left and bright on the right; wider than TLC's window. */
const halves = drawn(896, 32, (x) => (x < 448 ? 40 : 215));

beforeAll(async () => {
  await Promise.all([
    writeCraftedWeights(at("same"), {}),
    writeCraftedWeights(at("black"), { offset: [-1, -1, -1] }),
    writeCraftedWeights(at("overflow"), { overflow: true }),
    writeCraftedWeights(at("warm"), { offset: [20 / 255, 0, -20 / 255] }),
    writeCraftedWeights(at("red"), { offset: [0.5, 0, -0.5] }),
    writeCraftedWeights(at("light"), { offset: [20 / 255, 20 / 255, 20 / 255] }),
    writeCraftedWeights(at("crushing"), { gain: -0.7 }),
    writeCraftedWeights(at("mosaic"), { meanGain: 0.3, tlc: true }),
    writeCraftedWeights(at("black with TLC"), { offset: [-1, -1, -1], tlc: true }),
    writeCraftedWeights(at("warm holes"), { offset: [1, 0, -1], imgChannel: 4 }),
  ]);
});

function names(checks: readonly { name: string }[]): string[] {
  return checks.map(({ name }) => name);
}

function meanShift(restored: RestoredImage, source: Raster): number[] {
  return [0, 1, 2].map((c) => {
    let sum = 0;
    for (let i = c; i < source.data.length; i += 3) sum += restored.data[i]! - source.data[i]!;
    return sum / (source.data.length / 3);
  });
}

describe("a result that passes", () => {
  it("is returned as it is, every check in the receipt", async () => {
    const { data, receipt } = await restore(picture, "denoise", { weights: at("same") });
    expect(data).toStrictEqual(picture.data);
    expect(names(receipt.checks)).toEqual([
      "finite",
      "black",
      "colour cast",
      "mosaic",
      "blow-up",
      "crushed darks",
      "tinted highlights",
    ]);
    for (const { figure, threshold, passed } of receipt.checks) {
      expect(passed).toBe(true);
      expect(figure).toBeLessThanOrEqual(threshold);
    }
    expect(receipt.retries).toEqual([]);
  });
});

describe("a result that fails a little is blended with the picture", () => {
  it.each([
    ["colour cast", "warm", picture, 28.3],
    ["blow-up", "light", dark, 20],
    ["crushed darks", "crushing", dark, 0.7],
  ] as const)("%s", async (check, weights, source, figure) => {
    const restored = await restore(source, "denoise", { weights: at(weights) });
    const { checks, retries } = restored.receipt;
    expect(retries).toHaveLength(1);
    const [retry] = retries;
    expect(retry).toMatchObject({ way: "blend", strength: expect.any(Number) });
    const failed = retry!.failed.find(({ name }) => name === check);
    expect(failed).toMatchObject({ passed: false });
    expect(Math.abs(failed!.figure / figure - 1)).toBeLessThan(0.1);
    expect(checks.every(({ passed }) => passed)).toBe(true);
    // Blended, not merely reported.
    const whole = await restore(source, "denoise", { weights: at(weights), checks: false });
    for (const c of [0, 1, 2]) {
      const expected = retry!.strength! * meanShift(whole, source)[c]!;
      expect(Math.abs(meanShift(restored, source)[c]! - expected)).toBeLessThan(0.6); // rounding
    }
  });
});

describe("TLC", () => {
  it.each([undefined, "tfjs"] as const)(
    "that makes a mosaic is switched off for that picture, and only for it (engine %s)",
    async (engine) => {
      const tensors = tf.memory().numTensors;
      const restorer = await createRestorer("deblur", { weights: at("mosaic"), engine });
      const { data, receipt } = await restorer.restore(halves);
      expect(receipt.tlc).toBe(false);
      expect(receipt.retries).toHaveLength(1);
      expect(receipt.retries[0]).toMatchObject({ way: "tlc off", strength: null });
      expect(names(receipt.retries[0]!.failed)).toContain("mosaic");
      // Over the whole picture the mean is what the network wants: nothing is added.
      expect(Math.max(...data.map((value, i) => Math.abs(value - halves.data[i]!)))).toBeLessThan(
        2,
      );
      const calm = await restorer.restore(drawn(896, 32, () => 127));
      expect(calm.receipt).toMatchObject({ tlc: true, retries: [] });
      restorer.dispose();
      await Promise.resolve(); // the second plan goes when its promise is looked at
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it("switched off can be stopped", async () => {
    const controller = new AbortController();
    const onProgress = ({ phase, fraction }: Progress): void => {
      // The first run is done; the second begins when it has been checked.
      if (phase === "restore" && fraction === 1) setImmediate(() => controller.abort());
    };
    const { signal } = controller;
    const options = { weights: at("mosaic"), onProgress, signal };
    expect((await rejectionOf(restore(halves, "deblur", options))).code).toBe("ABORTED");
  });

  it.each([
    ["auto", true],
    [undefined, true],
    [true, true],
    [false, false],
  ] as const)("%j with weights that want it: on is %j", async (tlc, on) => {
    const calm = drawn(896, 32, () => 127);
    const { receipt } = await restore(calm, "deblur", { weights: at("mosaic"), tlc });
    expect(receipt.tlc).toBe(on);
  });

  it("auto is off for weights that do not ask for it", async () => {
    const { receipt } = await restore(picture, "deblur", { weights: at("same"), tlc: "auto" });
    expect(receipt.tlc).toBe(false);
  });

  it("takes nothing else", async () => {
    // What a caller without TypeScript may pass.
    const error = await rejectionOf(createRestorer("deblur", { tlc: "on" as "auto" }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain('true, false or "auto" for tlc');
  });

  it("switched off does not help a network that is black without it", async () => {
    const error = await rejectionOf(restore(picture, "deblur", { weights: at("black with TLC") }));
    expect(error.code).toBe("RESULT_REJECTED");
  });
});

describe("a result that has nothing of the picture is refused", () => {
  it.each([
    ["black", /black 1, at most 0\.02/],
    ["red", /colour cast \d+, at most 8/],
    ["overflow", /finite 1, at most 0.*other weights or another engine/],
  ])("%s", async (weights, message) => {
    const error = await rejectionOf(restore(picture, "denoise", { weights: at(weights) }));
    expect(error.code).toBe("RESULT_REJECTED");
    expect(error.message).toMatch(message);
  });

  it("but not without checks, unless its values are no numbers", async () => {
    const options = { weights: at("black"), checks: false };
    const { data, receipt } = await restore(picture, "denoise", options);
    expect(Math.max(...data)).toBe(0);
    expect(names(receipt.checks)).toEqual(["finite"]);
    const error = await rejectionOf(
      restore(picture, "denoise", { weights: at("overflow"), checks: false }),
    );
    expect(error.code).toBe("RESULT_REJECTED");
  });

  it("checks is true or false", async () => {
    // As above.
    const error = await rejectionOf(restore(picture, "denoise", { checks: "no" as never }));
    expect(error.code).toBe("INVALID_ARGUMENT");
  });
});

it("inpaint compares what lies outside the mask", async () => {
  const weights = at("warm holes");
  const { width, height } = picture;
  const mask = (value: number) => ({
    width,
    height,
    data: new Uint8Array(width * height).fill(value),
  });
  // All of it is a hole: nothing is left to compare, whatever is put there.
  const filled = await restore(picture, "inpaint", { weights, mask: mask(255) });
  expect(filled.receipt.retries).toEqual([]);
  const error = await rejectionOf(restore(picture, "inpaint", { weights, mask: mask(0) }));
  expect(error.message).toContain("colour cast");
});

describe("the default weights pass on", () => {
  const flat = [0, 2, 30, 128, 253, 255].map((v) => [`flat ${v}`, drawn(64, 48, () => v)] as const);
  it.each([
    ["a scene", picture],
    ["a noisy scene", withNoise(picture, 25)],
    ["a very noisy scene", withNoise(picture, 50)],
    ["a dark scene", dark],
    ["a dark, noisy scene", withNoise(dark, 25)],
    ["pure red", drawn(64, 48, (_x, _y, c) => (c === 0 ? 255 : 0))],
    ["a slope", drawn(256, 16, (x) => x)],
    ["chequers of 1 pixel", drawn(64, 64, (x, y) => ((x + y) % 2) * 255)],
    ["chequers of 8 pixels", drawn(64, 64, (x, y) => (((x >> 3) + (y >> 3)) % 2) * 255)],
    ["one pixel", drawn(1, 1, (_x, _y, c) => 100 * c)],
    ["one column", drawn(1, 9, (_x, y) => 28 * y)],
    ...flat,
    ...flat.map(([name, raster]) => [`${name} with noise`, withNoise(raster, 25)] as const),
  ] as const)("%s", async (_, source) => {
    for (const task of ["denoise", "deblur"] as const) {
      expect((await restore(source, task)).receipt.retries).toEqual([]);
    }
  });
});

it("small patches of pure colours, which the denoising weights mix up, are blended", async () => {
  const patches = drawn(64, 48, (x, y, c) => (((x >> 4) + (y >> 4)) & (1 << c) ? 255 : 0));
  const { checks, retries } = (await restore(patches, "denoise")).receipt;
  expect(retries).toMatchObject([{ way: "blend", failed: [{ name: "mosaic" }] }]);
  expect(checks.every(({ passed }) => passed)).toBe(true);
});

it("values outside 0–1 are clamped, not wrapped", async () => {
  const data = Float32Array.of(-0.2, 0.5, 1.2, 1.004, 0, 1);
  const source = { width: 2, height: 1, channels: 3, data };
  const { data: bytes } = await restore(source, "denoise", { weights: at("same") });
  expect(Array.from(bytes)).toEqual([0, 128, 255, 255, 0, 255]);
});
