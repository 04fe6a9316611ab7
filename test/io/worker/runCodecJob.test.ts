/** Large pictures are worked on by a thread, which can be stopped and may die. */

import sharp from "sharp";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Raster } from "../../../src/image/Raster.ts";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { encodeImage } from "../../../src/io/encodeImage.ts";
import { makePng, rejectionOf } from "../fixtures.ts";

/** The number of started threads, and an error for the next one to fail with. */
const threads = vi.hoisted(() => ({ started: 0, fail: undefined as Error | undefined }));
vi.mock("node:worker_threads", async (original) => {
  const actual = await original<typeof import("node:worker_threads")>();
  class Worker extends actual.Worker {
    constructor(...args: ConstructorParameters<typeof actual.Worker>) {
      super(...args);
      threads.started++;
      const { fail } = threads;
      if (fail !== undefined) queueMicrotask(() => this.emit("error", fail));
    }
  }
  return { ...actual, Worker };
});
afterEach(() => {
  threads.started = 0;
  threads.fail = undefined;
});

const [WIDTH, HEIGHT] = [1000, 600]; // above half a megapixel
const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)];
  return (x + y) / 8 + (i % 3);
});
const large: Raster = { width: WIDTH, height: HEIGHT, channels: 3, bitDepth: 8, data };
const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
const png = await sharp(data, { raw }).withMetadata({ density: 300 }).png().toBuffer();

describe("a large picture", () => {
  it("is decoded by a thread, pixels and metadata alike", async () => {
    const { raster, metadata } = await decodeImage(png);
    expect(threads.started).toBe(1);
    expect(raster).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 3, bitDepth: 8 });
    expect(Buffer.from(raster.data).equals(data)).toBe(true);
    expect(metadata.density).toEqual({ x: 11811, y: 11811, unit: "metre" });
    expect(png[0]).toBe(0x89); // the caller's bytes are the caller's
  });

  it.each(["png", "jpeg", "tiff"] as const)("is encoded as %s by one", async (format) => {
    const file = await encodeImage(large, format);
    expect(threads.started).toBe(1);
    expect(data.length).toBe(WIDTH * HEIGHT * 3); // nor were the pixels taken away
    const shown = await sharp(Buffer.from(file)).raw().toBuffer();
    const worst = shown.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at]!)), 0);
    expect(worst).toBeLessThanOrEqual(format === "jpeg" ? 4 : 0);
  });

  it("that is bad fails with the thread's own error", async () => {
    const cut = Buffer.concat([png.subarray(0, -40), png.subarray(-12)]);
    const error = await rejectionOf(() => decodeImage(cut, { name: "cut.png" }));
    expect(error).toMatchObject({
      code: "INPUT_CORRUPT",
      message: expect.stringMatching(/^cut\.png/),
    });
  });

  it("is let go by an AbortSignal, before and meanwhile", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const decoding = rejectionOf(() => decodeImage(png, { signal }));
    const encoding = rejectionOf(() => encodeImage(large, "png", { signal }));
    expect(threads.started).toBe(2);
    controller.abort("enough");
    for (const error of [await decoding, await encoding]) {
      expect(error).toMatchObject({ code: "ABORTED", cause: "enough" });
    }
    expect((await rejectionOf(() => decodeImage(png, { signal }))).code).toBe("ABORTED");
    expect(threads.started).toBe(2);
  });

  it("whose thread dies of memory is too large", async () => {
    threads.fail = Object.assign(new Error("Worker terminated due to reaching memory limit"), {
      code: "ERR_WORKER_OUT_OF_MEMORY",
    });
    expect(await rejectionOf(() => decodeImage(png))).toMatchObject({
      code: "INPUT_TOO_LARGE",
      message: expect.stringMatching(/memory/),
      cause: threads.fail,
    });
    expect((await rejectionOf(() => encodeImage(large, "jpeg"))).code).toBe("OUTPUT_FAILED");
  });

  it.each(["ERR_WORKER_INIT_FAILED", "ERR_MODULE_NOT_FOUND"])(
    "is done by the calling thread where none can begin: %s",
    async (code) => {
      threads.fail = Object.assign(new Error("no thread"), { code });
      const { raster } = await decodeImage(png);
      expect(Buffer.from(raster.data).equals(data)).toBe(true);
      const file = await encodeImage(large, "jpeg");
      threads.fail = undefined;
      expect(Buffer.compare(file, await encodeImage(large, "jpeg"))).toBe(0);
    },
  );

  it("whose thread dies of something else is told what may help", async () => {
    threads.fail = new RangeError("Array buffer allocation failed");
    const { code, message } = await rejectionOf(() => decodeImage(png));
    expect(code).toBe("INPUT_TOO_LARGE");
    expect(message).toMatch(/Array buffer allocation failed.*ulimit -v/);
    expect(message).not.toMatch(/max-old-space-size/);
  });
});

it("a small picture needs no thread", async () => {
  const { raster } = await decodeImage(makePng());
  await encodeImage(raster, "jpeg");
  expect(threads.started).toBe(0);
});

it("a small picture of many scans does", async () => {
  const [width, height] = [400, 400];
  const square = { width, height, channels: 3 } as const;
  const image = sharp(data.subarray(0, width * height * 3), { raw: square });
  const file = await image.jpeg({ progressive: true }).toBuffer();
  const last = file.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = file.subarray(file.lastIndexOf(Buffer.from([0xff, 0xda]), last - 1), last);
  // A scan again and again: libjpeg warns of it, and takes the same time for each.
  const before = file.subarray(0, last);
  const many = Buffer.concat([before, ...Array(60).fill(scan), file.subarray(last)]);
  await decodeImage(many).catch(() => undefined); // whether it is taken is not the question
  expect(threads.started).toBe(1);
});
