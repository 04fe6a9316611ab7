/** Everything that a result offers. It is made from its parts here: no network has to run. */

import { readdir, readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { alphaOf } from "../../src/image/alphaOf.ts";
import type { Raster } from "../../src/image/Raster.ts";
import { readImage } from "../../src/io/readImage.ts";
import { psnr } from "../../src/metrics/index.ts";
import type { Receipt } from "../../src/restoration/Receipt.ts";
import { RestoredImage, type RestoredParts } from "../../src/restoration/RestoredImage.ts";
import { randomValues } from "../parity/random.ts";
import { errorOf } from "../support/errors.ts";
import { decoded, lastChannel, scene } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const width = 13;
const height = 11;
const colour = randomValues("colour", width * height * 3, -0.1, 1.1);
const alpha8 = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 256);
const at = temporaryFolder();

const receipt: Receipt = {
  version: "0.0.0",
  task: "denoise",
  analysis: null,
  width,
  height,
  engine: "native",
  ranOn: "native (avx2)",
  isa: "avx2",
  threads: 2,
  precision: "float32",
  skipped: {},
  weights: { file: "tiny.pth", sha256: "5".repeat(64) },
  tlc: false,
  elapsedMs: 12.5,
  peakMemoryBytes: 1e6,
  scratchBytes: 0,
  strips: 1,
  checks: [],
  retries: [],
  adjustments: { strength: 1, detail: 0 },
};

/** The picture that the result was made from: nothing of it shows until it is adjusted. */
const source: Raster = {
  width,
  height,
  channels: 3,
  bitDepth: 32,
  data: randomValues("source", colour.length, 0, 1),
};

function image(parts: Partial<RestoredParts> = {}): RestoredImage {
  return new RestoredImage({
    width,
    height,
    colour,
    source,
    grey: false,
    alpha: undefined,
    bitDepth: 8,
    receipt,
    ...parts,
  });
}

const alpha = { width, height, channels: 1, bitDepth: 8, data: alpha8 } as const;

/** The expected values, straight from the formula. */
const clamped = Array.from(colour, (value) => Math.min(Math.max(value, 0), 1));
const greys = Array.from(
  { length: width * height },
  (_, i) => (colour[3 * i]! + colour[3 * i + 1]! + colour[3 * i + 2]!) / 3,
);

describe("data", () => {
  it("is the colour, clamped and rounded", () => {
    expect(Array.from(image().data)).toEqual(clamped.map((value) => Math.round(value * 255)));
    const deep = image({ bitDepth: 16 }).data;
    expect(deep).toBeInstanceOf(Uint16Array);
    expect(Array.from(deep)).toEqual(clamped.map((value) => Math.round(value * 65535)));
  });

  it("is made once", () => {
    const restored = image();
    expect(restored.data).toBe(restored.data);
  });

  it("of grey is the mean of the channels", () => {
    const { channels, data } = image({ grey: true });
    expect(channels).toBe(1);
    const exact = greys.map((value) => Math.min(Math.max(value, 0), 1) * 255);
    expect(data.length).toBe(exact.length);
    for (const [i, value] of data.entries()) {
      expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(0.5 + 1e-4); // float32's rounding
    }
  });

  it("has the alpha last", () => {
    for (const grey of [false, true]) {
      const { channels, data } = image({ alpha, grey });
      expect(channels).toBe(grey ? 2 : 4);
      expect(lastChannel({ data, channels })).toEqual(Array.from(alpha8));
    }
  });
});

describe("toPng", () => {
  it("with 16 bits keeps what the network computed beyond 8", async () => {
    const { bitDepth, data } = await decoded(await image().toPng({ bits: 16 }));
    expect(bitDepth).toBe(16);
    expect(Array.from(data)).toEqual(clamped.map((value) => Math.round(value * 65535)));
    expect(data.some((value) => value % 257 !== 0)).toBe(true);
  });

  it("rounds once to 8 bits from a 16-bit picture", async () => {
    const { bitDepth, data } = await decoded(await image({ bitDepth: 16 }).toPng({ bits: 8 }));
    expect(bitDepth).toBe(8);
    expect(Array.from(data)).toEqual(clamped.map((value) => Math.round(value * 255)));
  });

  it("gives alpha its full range at the other depth", async () => {
    const raster = await decoded(await image({ alpha }).toPng({ bits: 16 }));
    expect(lastChannel(raster)).toEqual(Array.from(alpha8, (value) => value * 257));
  });

  it("is the same before and after data was asked for", async () => {
    const restored = image({ alpha });
    const before = await restored.toPng();
    expect(restored.data.length).toBe(width * height * 4);
    expect(await restored.toPng()).toStrictEqual(before);
  });
});

describe("toJpeg", () => {
  const large = scene(64, 48);
  const photo = image({
    width: 64,
    height: 48,
    colour: Float32Array.from(large.data, (value) => value / 255),
  });

  it("is the picture, at the quality that was asked for", async () => {
    const [bad, usual, good] = await Promise.all([
      photo.toJpeg({ quality: 20 }),
      photo.toJpeg(),
      photo.toJpeg({ quality: 100 }),
    ]);
    expect(bad.length).toBeLessThan(usual.length);
    expect(usual.length).toBeLessThan(good.length);
    expect(await photo.toJpeg({ quality: 92 })).toStrictEqual(usual);
    const decibels = psnr(large, await decoded(good));
    expect(decibels).toBeGreaterThan(35);
    expect(psnr(large, await decoded(bad))).toBeLessThan(decibels);
  });

  it("flattens alpha onto white", async () => {
    const clear = { ...alpha, data: new Uint8Array(width * height) };
    const { channels, data } = await decoded(await image({ alpha: clear }).toJpeg());
    expect(channels).toBe(3);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(254);
  });

  it("of grey is grey", async () => {
    const { data, channels } = await decoded(await image({ grey: true }).toJpeg());
    const coloured = Array.from(data).some((value, i) => value !== data[i - (i % channels)]);
    expect(coloured).toBe(false);
  });

  it.each([0, 101, 1.5, Number.NaN])("refuses quality %d", async (quality) => {
    await expect(photo.toJpeg({ quality })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

it.each([12, 0, 32, "16"])("refuses %j bits", async (bits) => {
  // What a caller without TypeScript may pass.
  await expect(image().toPng({ bits: bits as 8 })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("bits"),
  });
});

async function sameBytes(path: string, bytes: Uint8Array): Promise<boolean> {
  return (await readFile(path)).equals(bytes);
}

describe("save", () => {
  it.each(["a.png", "b.PNG", "deep/er/c.png"])("%s as PNG", async (name) => {
    const restored = image({ alpha });
    await restored.save(at(name));
    expect(await sameBytes(at(name), await restored.toPng())).toBe(true);
  });

  it("a.png with 16 bits", async () => {
    await image().save(at("16.png"), { bits: 16 });
    expect((await decoded(at("16.png"))).bitDepth).toBe(16);
  });

  it.each(["d.jpg", "e.jpeg", "f.JPG"])("%s as JPEG", async (name) => {
    const restored = image();
    await restored.save(at(name), { quality: 70 });
    expect(await sameBytes(at(name), await restored.toJpeg({ quality: 70 }))).toBe(true);
  });

  it.each(["g.gif", "h.heic", "png", "i", "j.png.bak", ".png"])("not %s", async (name) => {
    const before = await readdir(at());
    await expect(image().save(at(name))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^Expected one of \.png, \.jpg, .* as the extension/),
    });
    expect(await readdir(at())).toEqual(before);
  });

  it("the format that is asked for, whatever the extension", async () => {
    const restored = image();
    await restored.save(at("forced.png"), { format: "jpeg" });
    expect(await sameBytes(at("forced.png"), await restored.toJpeg())).toBe(true);
    await restored.save(at("no extension"), { format: "tiff", bits: 16 });
    expect((await decoded(at("no extension"))).bitDepth).toBe(16);
  });

  it.each([["jpeg"], ["webp"], ["avif"]] as const)("not 16 bits as %s", async (format) => {
    await expect(image().encode(format, { bits: 16 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(format),
    });
    await image({ bitDepth: 16 }).encode(format); // of its own accord it becomes 8
  });

  it("the receipt beside the picture", async () => {
    await image().save(at("told.png"), { receipt: "file" });
    expect(JSON.parse(await readFile(at("told.png.receipt.json"), "utf8"))).toEqual(receipt);
    expect((await readImage(at("told.png"))).metadata.comments).toEqual([]);
  });

  it("the receipt in a PNG, in place of an earlier one", async () => {
    const old = { keyword: "nafnet", text: "{}" };
    const note = { keyword: "Title", text: "A title" };
    const restored = image({ metadata: { comments: [old, note] } });
    await restored.save(at("embedded.png"), { receipt: "embed" });
    const { comments } = (await readImage(at("embedded.png"))).metadata;
    expect(comments?.map(({ keyword }) => keyword)).toEqual(["Title", "nafnet"]);
    expect(JSON.parse(comments?.[1]?.text ?? "")).toEqual(receipt);
    // Without one, the old one would tell of another run.
    expect((await readImage(await restored.toPng())).metadata.comments).toEqual([note]);
  });

  it("no receipt in a JPEG", async () => {
    await expect(image().save(at("not.jpg"), { receipt: "embed" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/png to embed the receipt/),
    });
    expect(await readdir(at())).not.toContain("not.jpg");
  });

  it("nothing when aborted", async () => {
    const signal = AbortSignal.abort();
    await expect(image().save(at("aborted.png"), { signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(await readdir(at())).not.toContain("aborted.png");
  });

  it("where nothing can be written says so and leaves nothing", async () => {
    await image().save(at("file.png"));
    const before = await readdir(at());
    await expect(image().save(at("file.png", "under.png"))).rejects.toMatchObject({
      code: "OUTPUT_FAILED",
      cause: expect.any(Error),
    });
    expect(await readdir(at())).toEqual(before);
  });
});

describe("toTensor", () => {
  async function valuesOf(restored: RestoredImage): Promise<{ shape: number[]; values: number[] }> {
    const tensor = await restored.toTensor<tf.Tensor3D>();
    expect(tensor.dtype).toBe("float32");
    const { shape } = tensor;
    const values = Array.from(await tensor.data());
    tensor.dispose();
    return { shape, values };
  }

  it("is float, clamped and not rounded", async () => {
    const { shape, values } = await valuesOf(image());
    expect(shape).toEqual([height, width, 3]);
    expect(values).toEqual(clamped.map(Math.fround));
  });

  it("has the grey and alpha of the picture", async () => {
    const { shape, values } = await valuesOf(image({ grey: true, alpha }));
    expect(shape).toEqual([height, width, 2]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    for (const [i, value] of alpha8.entries()) {
      expect(values[2 * i + 1]).toBeCloseTo(value / 255, 6);
    }
  });

  it("agrees with data, grey out of range included", async () => {
    const restored = image({ grey: true });
    const { values } = await valuesOf(restored);
    for (const [i, value] of restored.data.entries()) {
      expect(Math.abs(values[i]! * 255 - value)).toBeLessThanOrEqual(0.5 + 1e-4);
    }
  });

  it("reads 16-bit and float alpha as 0-1", async () => {
    const deep = {
      ...alpha,
      bitDepth: 16,
      data: new Uint16Array(width * height).fill(65535),
    } as const;
    const float = {
      ...alpha,
      bitDepth: 32,
      data: new Float32Array(width * height).fill(0.25),
    } as const;
    expect((await valuesOf(image({ alpha: deep }))).values[3]).toBe(1);
    expect((await valuesOf(image({ alpha: float }))).values[3]).toBe(0.25);
  });

  it("leaves one tensor, the caller's", async () => {
    const count = tf.memory().numTensors;
    const tensor = await image({ grey: true, alpha }).toTensor<tf.Tensor3D>();
    expect(tf.memory().numTensors).toBe(count + 1);
    tensor.dispose();
  });
});

describe("adjust", () => {
  const grey = (level: number, count: number): Float32Array => new Float32Array(count).fill(level);
  const values = async (restored: RestoredImage): Promise<number[]> => {
    const tensor = await restored.toTensor<tf.Tensor3D>();
    const data = Array.from(await tensor.data());
    tensor.dispose();
    return data;
  };

  it("strength blends: result, half of it, the picture as it was", async () => {
    const restored = image();
    for (const strength of [1, 0.5, 0.25, 0]) {
      const adjusted = await values(restored.adjust({ strength }));
      for (const [i, value] of adjusted.entries()) {
        const before = source.data[i]!;
        const blend = before + strength * (colour[i]! - before);
        expect(value).toBeCloseTo(Math.min(Math.max(blend, 0), 1), 6);
      }
    }
  });

  it.each([
    ["8 bits", 8, 3],
    ["16 bits", 16, 3],
    ["grey", 8, 1],
    ["RGB and alpha", 8, 4],
  ] as const)("strength 0 of %s gives every value back", (_, bitDepth, channels) => {
    const most = bitDepth === 8 ? 255 : 65535;
    const data = Array.from(
      { length: width * height * channels },
      (_, i) => (i * 7919) % (most + 1),
    );
    const typed = bitDepth === 8 ? Uint8Array.from(data) : Uint16Array.from(data);
    const raster: Raster = { width, height, channels, bitDepth, data: typed };
    const restored = image({
      ...{ source: raster, bitDepth, grey: channels === 1 },
      alpha: channels === 4 ? alphaOf(raster) : undefined,
    });
    expect(restored.adjust({ strength: 0 }).data).toStrictEqual(typed);
  });

  it("detail gives fine detail back, and leaves what is large as the network made it", async () => {
    // Taken away: stripes of 2 pixels on the left, a step of brightness on the right.
    const [w, h] = [64, 24];
    const removed = (x: number): number => (x < 32 ? (x % 2 ? 0.1 : -0.1) : 0.1);
    const before = Float32Array.from(
      { length: w * h * 3 },
      (_, i) => 0.5 + removed(Math.floor(i / 3) % w),
    );
    const restored = image({
      ...{ width: w, height: h, colour: grey(0.5, w * h * 3) },
      source: { width: w, height: h, channels: 3, bitDepth: 32, data: before },
    });
    const at = async (x: number, detail: number, strength = 1): Promise<number> =>
      (await values(restored.adjust({ detail, strength })))[3 * (12 * w + x)]!;
    expect(await at(11, 0)).toBeCloseTo(0.5, 6);
    expect(await at(11, 1)).toBeCloseTo(0.6, 2);
    expect(await at(11, 0.5)).toBeCloseTo(0.55, 2);
    expect(await at(50, 1)).toBeCloseTo(0.5, 6); // far from the step, all of it is low frequency
    expect(await at(50, 1, 0.5)).toBeCloseTo(0.55, 6);
  });

  it("detail is exact at borders and in pictures smaller than its window", async () => {
    const restored = image({
      ...{ width: 1, height: 2, colour: grey(0.5, 6) },
      source: { width: 1, height: 2, channels: 3, bitDepth: 32, data: grey(0.7, 6) },
    });
    // What was taken away is the same everywhere: nothing of it is detail.
    for (const value of await values(restored.adjust({ detail: 1 })))
      expect(value).toBeCloseTo(0.5, 6);
  });

  it("starts from the result each time, and the image itself stays", () => {
    const restored = image();
    const before = restored.data.slice();
    const again = restored.adjust({ strength: 0.3 }).adjust({ strength: 1 });
    expect(again.data).toStrictEqual(before);
    expect(restored.data).toStrictEqual(before);
  });

  it("is in the receipt", () => {
    const { receipt: adjusted } = image().adjust({ strength: 0.5 });
    expect(adjusted).toEqual({ ...receipt, adjustments: { strength: 0.5, detail: 0 } });
  });

  it.each([
    { strength: 1.1 },
    { strength: -0.1 },
    { detail: Number.NaN },
    { detail: "1" as never }, // what a caller without TypeScript may pass
  ])("refuses %j", (adjustments) => {
    const error = errorOf(() => image().adjust(adjustments));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(/^Expected a number 0–1 for (strength|detail) but received/);
  });
});
