/** restore() and createRestorer() with the package's own weights, from every kind of picture. */

import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../../src/base/version.ts";
import type { Raster } from "../../src/image/Raster.ts";
import {
  createRestorer,
  ENGINE_NAMES,
  type EngineName,
  type ImageSource,
  type Progress,
  type RestoredImage,
  Restorer,
  restore,
  type Task,
} from "../../src/index.ts";
import { encodePng } from "../../src/io/png/encodePng.ts";
import { psnr } from "../../src/metrics/index.ts";
import { readFixture } from "../io/fixtures.ts";
import { useBackend } from "../parity/backends.ts";
import { decoded, lastChannel, noisyPng, scene, withNoise } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const WIDTH = 48;
const HEIGHT = 40;
const picture = withNoise(scene(WIDTH, HEIGHT), 25);
const bytes = encodePng(picture);
const at = temporaryFolder();

let restorer: Restorer;
let expected: RestoredImage;

beforeAll(async () => {
  await useBackend("wasm"); // for the tensors that come and go
  restorer = await createRestorer("denoise");
  expected = await restorer.restore(picture);
  await writeFile(at("noisy picture.png"), bytes);
});
afterAll(() => restorer.dispose());

function floats(): Float32Array {
  return Float32Array.from(picture.data, (value) => value / 255);
}

describe("what a picture may be", () => {
  const sources: ReadonlyArray<[string, () => ImageSource]> = [
    ["a path", () => at("noisy picture.png")],
    ["a file: URL", () => pathToFileURL(at("noisy picture.png"))],
    ["a file: URL as text", () => pathToFileURL(at("noisy picture.png")).href],
    ["a Buffer", () => Buffer.from(bytes)],
    ["a Uint8Array that is part of a larger buffer", () => inTheMiddle(bytes)],
    ["an ArrayBuffer", () => Uint8Array.from(bytes).buffer],
    ["pixels", () => ({ width: WIDTH, height: HEIGHT, data: Uint8Array.from(picture.data) })],
    ["floats", () => ({ width: WIDTH, height: HEIGHT, channels: 3, data: floats() })],
  ];

  it.each(sources)("%s", async (_, source) => {
    const restored = await restore(source(), "denoise");
    expect(restored).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 3, bitDepth: 8 });
    expect(restored.data).toStrictEqual(expected.data);
  });

  it("ImageData: RGBA, clamped, alpha as it was", async () => {
    const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      data.set(picture.data.subarray(3 * i, 3 * i + 3), 4 * i);
      data[4 * i + 3] = 1 + (i % 255);
    }
    const before = data.slice();
    const restored = await restore({ width: WIDTH, height: HEIGHT, data }, "denoise");
    expect(restored.channels).toBe(4);
    expect(lastChannel(restored)).toEqual(lastChannel({ data, channels: 4 }));
    expect(restored.data.filter((_, i) => i % 4 !== 3)).toStrictEqual(expected.data);
    expect(data).toStrictEqual(before); // the caller's pixels are only read
  });

  it.each(["float32", "int32"] as const)(
    "a tf.Tensor3D of %s, which stays the caller's",
    async (dtype) => {
      const values = dtype === "float32" ? floats() : Int32Array.from(picture.data);
      const tensor = tf.tensor3d(values, [HEIGHT, WIDTH, 3], dtype);
      const count = tf.memory().numTensors;
      const restored = await restorer.restore(tensor);
      expect(restored.data).toStrictEqual(expected.data);
      expect(tensor.isDisposed).toBe(false);
      expect(tf.memory().numTensors).toBe(count);
      tensor.dispose();
    },
  );

  it("JPEG bytes", async () => {
    const jpeg = readFixture("baseline-444.jpg");
    const pixels = await decoded(jpeg);
    const restored = await restorer.restore(jpeg);
    expect(restored).toMatchObject({
      width: pixels.width,
      height: pixels.height,
      channels: 3,
      bitDepth: 8,
    });
    expect(restored.data).toStrictEqual((await restorer.restore(pixels)).data);
  });

  it("a JPEG with an orientation comes out upright", async () => {
    const turned = readFixture("exif6.jpg");
    const { width, height } = await decoded(turned);
    expect(await restorer.restore(turned)).toMatchObject({ width, height });
  });

  it.each([
    ["nothing", undefined],
    ["a number", 7],
    ["an object", { picture: "a.png" }],
    ["an empty text", ""],
    ["a URL on the web", "https://example.com/a.png"],
  ])("not %s", async (_, source) => {
    // What a caller without TypeScript may pass.
    await expect(restore(source as ImageSource, "denoise")).rejects.toMatchObject({
      name: "NafnetError",
      code: "INVALID_ARGUMENT",
    });
  });

  it("bad pictures each have their code", async () => {
    const cases: ReadonlyArray<[ImageSource, string]> = [
      [at("none.png"), "INPUT_NOT_FOUND"],
      [new Uint8Array(), "INPUT_CORRUPT"],
      [bytes.subarray(0, 200), "INPUT_CORRUPT"],
      [new TextEncoder().encode("GIF89a and so on"), "INPUT_UNSUPPORTED"],
      [{ width: 2, height: 2, channels: 3, data: new Uint8Array(11) }, "INVALID_ARGUMENT"],
      [{ width: 1, height: 1, channels: 3, data: Float32Array.of(1, 2, 255) }, "INVALID_ARGUMENT"],
      [{ width: 1, height: 1, channels: 3, data: Float32Array.of(1, 0, NaN) }, "INVALID_ARGUMENT"],
    ];
    for (const [source, code] of cases) {
      await expect(restorer.restore(source)).rejects.toMatchObject({ code });
    }
  });

  it("no larger than maxPixels", async () => {
    const maxPixels = WIDTH * HEIGHT;
    expect((await restore(bytes, "denoise", { maxPixels })).width).toBe(WIDTH);
    await expect(restore(bytes, "denoise", { maxPixels: maxPixels - 1 })).rejects.toMatchObject({
      code: "INPUT_TOO_LARGE",
      message: expect.stringContaining("48x40"),
    });
    await expect(restore(picture, "denoise", { maxPixels: maxPixels - 1 })).rejects.toMatchObject({
      code: "INPUT_TOO_LARGE",
    });
  });
});

describe("what stays as it was", () => {
  it.each([
    ["grey8.png", 1, 8],
    ["grey16.png", 1, 16],
    ["greyalpha8.png", 2, 8],
    ["greyalpha16.png", 2, 16],
    ["rgb8.png", 3, 8],
    ["rgb16.png", 3, 16],
    ["rgba8.png", 4, 8],
    ["rgba16.png", 4, 16],
    ["grey.jpg", 1, 8],
    ["tiny1x1.jpg", undefined, 8],
  ] as const)("%s: channels, depth and alpha", async (file, channels, bitDepth) => {
    const input = await decoded(readFixture(file));
    const restored = await restorer.restore(readFixture(file));
    const { width, height } = input;
    expect(restored).toMatchObject({ width, height, bitDepth });
    expect(restored.channels).toBe(channels ?? input.channels);
    expect(restored.data).toBeInstanceOf(bitDepth === 8 ? Uint8Array : Uint16Array);
    expect(restored.data.length).toBe(width * height * restored.channels);
    if (restored.channels % 2 === 0) expect(lastChannel(restored)).toEqual(lastChannel(input));
    const written = await decoded(await restored.toPng());
    expect(written).toMatchObject({ width, height, channels: restored.channels, bitDepth });
    expect(written.data).toStrictEqual(restored.data);
  });

  it("16 bits are more than 8", async () => {
    const { data } = await restorer.restore(readFixture("rgb16.png"));
    expect(data.some((value) => value % 257 !== 0)).toBe(true);
  });
});

describe("denoise", () => {
  it("brings a noisy picture more than 3 dB nearer to the clean one", async () => {
    const clean = scene(96, 80);
    const noisy = withNoise(clean, 25);
    const restored = await restorer.restore(noisy);
    const gain = psnr(clean, rasterOf(restored)) - psnr(clean, noisy);
    expect(gain).toBeGreaterThan(3);
  });

  it("the same picture gives the same result, also two at once", async () => {
    const [first, second] = await Promise.all([
      restore(bytes, "denoise"),
      restore(picture, "denoise"),
    ]);
    expect(first.data).toStrictEqual(expected.data);
    expect(second.data).toStrictEqual(expected.data);
  });
});

it("deblur changes the picture, and otherwise than denoise", async () => {
  const deblurred = await restore(picture, "deblur");
  expect(deblurred).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 3, bitDepth: 8 });
  expect(deblurred.data).not.toStrictEqual(expected.data);
  expect(deblurred.data).not.toStrictEqual(picture.data);
});

describe("a restorer", () => {
  it("says what it is", () => {
    expect(restorer).toBeInstanceOf(Restorer);
    expect(restorer.task).toBe("denoise");
    expect(restorer.engine).toMatch(/^(native|wasm|tfjs) \(.+\)$/);
    expect(restorer.network).toContain("NAFNet width 16");
    expect(restorer.weights).toMatchObject({ task: "denoise", license: "MIT", tlc: false });
    expect(restorer.weights.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(restorer.warnings).toEqual([]);
  });

  it("estimates memory and time, which grow with the padded picture", async () => {
    const small = await restorer.estimate(64, 64);
    expect(small.memoryBytes).toBeGreaterThan(64 * 64 * 2 * 3 * 4); // in and out
    expect(small.limitBytes).toBeGreaterThan(small.memoryBytes);
    expect(small.scratchBytes).toBe(0);
    const large = await restorer.estimate(512, 512);
    expect(large.memoryBytes).toBeGreaterThan(2 * small.memoryBytes);
    expect(large.elapsedMs).toBeGreaterThan(small.elapsedMs ?? Infinity);
  });

  it("has a receipt with its result", () => {
    const { receipt } = expected;
    expect(receipt.ranOn).toBe(restorer.engine);
    expect(receipt.ranOn).toMatch(new RegExp(`^${receipt.engine} \\(`));
    expect(receipt.precision).toBe("float32");
    expect(receipt.weights).toEqual(restorer.weights.source);
    expect(receipt.elapsedMs).toBeGreaterThan(0);
    expect(receipt).toMatchObject({
      ...{ version: VERSION, task: "denoise", analysis: null, width: WIDTH, height: HEIGHT },
      ...{ strips: 1, scratchBytes: 0, tlc: false, retries: [] },
      adjustments: { strength: 1, detail: 0 },
    });
    expect(receipt.checks).toHaveLength(7);
    // Each engine that is faster has its reason.
    const faster = ENGINE_NAMES.slice(0, ENGINE_NAMES.indexOf(receipt.engine!));
    for (const name of faster) expect(receipt.skipped[name]).toMatch(/./);
    expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt);
  });
});

describe("progress", () => {
  it("loads, then restores, and never goes back", async () => {
    const events: Progress[] = [];
    await restore(bytes, "denoise", { onProgress: (event) => events.push(event) });
    const phases = events.map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(["load", "restore"]);
    expect(phases.lastIndexOf("load")).toBeLessThan(phases.indexOf("restore"));
    for (const wanted of ["load", "restore"]) {
      const fractions = events.filter(({ phase }) => phase === wanted).map((e) => e.fraction);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions[0]).toBeGreaterThanOrEqual(0);
      expect(fractions.at(-1)).toBe(1);
    }
  });
});

describe("a signal", () => {
  const aborted = { name: "AbortError", code: "ABORTED" };

  it("that has fired stops the work before it starts", async () => {
    const reason = new Error("enough");
    const events: Progress[] = [];
    await expect(
      restore(bytes, "denoise", {
        signal: AbortSignal.abort(reason),
        onProgress: (event) => events.push(event),
      }),
    ).rejects.toMatchObject({ ...aborted, cause: reason });
    expect(events.filter(({ phase }) => phase === "restore")).toEqual([]);
  });

  it("stops it half-way, frees its tensors, and the next picture is none the worse", async () => {
    // 300 ms of work: the engine tells how far it is every 30 ms, and a busy machine hears it later.
    const large = noisyPng(700, 700);
    const count = tf.memory().numTensors;
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ phase, fraction }: Progress): void => {
      if (phase !== "restore") return;
      last = fraction;
      if (fraction > 0.3) controller.abort();
    };
    const { signal } = controller;
    await expect(restorer.restore(large, { signal, onProgress })).rejects.toMatchObject(aborted);
    expect(last).toBeLessThan(0.9);
    expect(tf.memory().numTensors).toBe(count);
    expect((await restorer.restore(bytes)).data).toStrictEqual(expected.data);
  });

  it("stops one picture of two", async () => {
    const controller = new AbortController();
    const [one, other] = await Promise.allSettled([
      restorer.restore(bytes, { signal: controller.signal, onProgress: () => controller.abort() }),
      restorer.restore(bytes),
    ]);
    expect(one).toMatchObject({ status: "rejected", reason: aborted });
    expect(other.status === "fulfilled" && other.value.data).toStrictEqual(expected.data);
  });
});

describe("names that do not exist", () => {
  it.each(["sharpen", "", "Denoise", "toString"])("task %j", async (task) => {
    const problem = {
      code: "INVALID_ARGUMENT",
      message: `Expected one of denoise, deblur, inpaint, auto for task but received ${JSON.stringify(task)}.`,
    };
    // What a caller without TypeScript may pass.
    await expect(restore(bytes, task as Task)).rejects.toMatchObject(problem);
    await expect(createRestorer(task as Task)).rejects.toMatchObject(problem);
  });

  it("engine", async () => {
    await expect(
      restore(bytes, "denoise", { engine: "onnx" as EngineName }), // as above
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'Expected one of native, wasm, tfjs for engine but received "onnx".',
    });
  });
});

it("a mask is for inpaint only", async () => {
  await expect(restore(bytes, "denoise", { mask: noisyPng(48, 40) })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: "Expected no mask for denoise; only inpaint takes one.",
  });
});

it("strength and detail are adjustments of the result", async () => {
  const adjustments = { strength: 0.6, detail: 0.2 };
  const restored = await restorer.restore(bytes, adjustments);
  expect(restored.receipt.adjustments).toEqual(adjustments);
  expect(restored.data).toStrictEqual(expected.adjust(adjustments).data);
  expect(restored.data).not.toStrictEqual(expected.data);
  expect((await restore(bytes, "denoise", { strength: 0 })).data).toStrictEqual(picture.data);
  await expect(restorer.restore(bytes, { strength: 2 })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
});

it("adjusts by the pixels as they were, whatever the caller does with them afterwards", async () => {
  const data = Uint8Array.from(picture.data);
  const restored = await restorer.restore({ ...picture, data });
  data.fill(0);
  expect(restored.adjust({ strength: 0 }).data).toStrictEqual(picture.data);
});

function rasterOf({ width, height, channels, bitDepth, data }: RestoredImage): Raster {
  return { width, height, channels, bitDepth, data };
}

function inTheMiddle(content: Uint8Array): Uint8Array {
  const larger = new Uint8Array(content.length + 20);
  larger.set(content, 7);
  return larger.subarray(7, 7 + content.length);
}
