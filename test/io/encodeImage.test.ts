import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { Raster } from "../../src/image/Raster.ts";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodeImage } from "../../src/io/encodeImage.ts";
import { encodePng } from "../../src/io/png/encodePng.ts";
import { psnr } from "../../src/metrics/index.ts";
import { bySharp } from "./bySharp.ts";
import { bytesOf, random, rejectionOf } from "./fixtures.ts";

const CHANNELS = [1, 2, 3, 4] as const;
const SIZES = [
  [1, 1],
  [7, 13],
  [64, 3],
] as const;

function pattern(channels: Raster["channels"], bitDepth: 8 | 16, width = 7, height = 13): Raster {
  const length = width * height * channels;
  const data =
    bitDepth === 8
      ? Uint8Array.from({ length }, (_, i) => i * 29)
      : Uint16Array.from({ length }, (_, i) => i * 7919);
  return { width, height, channels, bitDepth, data };
}

function gradient(width: number, height: number): Raster {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (x * 200) / width + (y * 50) / height + c;
  });
  return { width, height, channels: 3, bitDepth: 8, data };
}

describe("encodePng", () => {
  it.each(CHANNELS)("comes back exactly with %i channels", async (channels) => {
    for (const bitDepth of [8, 16] as const) {
      for (const [width, height] of SIZES) {
        const raster = pattern(channels, bitDepth, width, height);
        expect(await decodeImage(encodePng(raster))).toMatchObject({ raster, format: "png" });
      }
    }
  });

  it.each(CHANNELS)("has the same pixels for sharp with %i channels", async (channels) => {
    for (const bitDepth of [8, 16] as const) {
      for (const stored of [false, true]) {
        const raster = pattern(channels, bitDepth);
        const seen = await bySharp(encodePng(raster, {}, stored), raster);
        expect(bytesOf(raster).equals(seen)).toBe(true);
      }
    }
  });

  it("reads data that is a view, clamped or not", async () => {
    const whole = pattern(3, 16);
    const shifted = new Uint16Array(whole.data.length + 3);
    shifted.set(whole.data, 3);
    const { raster } = await decodeImage(encodePng({ ...whole, data: shifted.subarray(3) }));
    expect(raster).toEqual(whole);
    const eight = pattern(4, 8);
    const clamped = Uint8ClampedArray.from([9, ...eight.data]).subarray(1);
    expect((await decodeImage(encodePng({ ...eight, data: clamped }))).raster).toEqual(eight);
  });

  it("writes float as 16 bits", async () => {
    const data = Float32Array.of(0, 0.5, 2);
    const { raster } = await decodeImage(
      encodePng({ width: 1, height: 1, channels: 3, bitDepth: 32, data }),
    );
    expect(raster).toMatchObject({ bitDepth: 16, data: Uint16Array.of(0, 32768, 65535) });
  });

  it("refuses an inconsistent raster and NaN", async () => {
    const raster = pattern(3, 8);
    const narrow = { ...raster, width: 8 };
    expect(await rejectionOf(() => encodePng(narrow))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const data = new Float32Array(3).fill(Number.NaN);
    const bad: Raster = { width: 1, height: 1, channels: 3, bitDepth: 32, data };
    expect(await rejectionOf(() => encodePng(bad))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

const encodeJpeg = (raster: Raster, quality?: number): Promise<Uint8Array> =>
  encodeImage(raster, "jpeg", { quality });

describe("JPEG", () => {
  it("comes back close, closer with more quality", async () => {
    const raster = gradient(61, 47);
    const at = async (quality?: number) =>
      psnr(raster, (await decodeImage(await encodeJpeg(raster, quality))).raster);
    // Measured: 44.0, 49.9, 52.0.
    expect(await at(50)).toBeGreaterThan(43);
    expect(await at()).toBeGreaterThan(49);
    expect(await at(100)).toBeGreaterThan(51.5);
    const usual = await encodeJpeg(raster);
    expect(usual.length).toBeLessThan((await encodeJpeg(raster, 100)).length);
    expect(await encodeJpeg(raster, 92)).toEqual(usual);
  });

  it("rounds 16 bits and float to the same file as 8", async () => {
    const eight = gradient(17, 9);
    const sixteen = {
      ...eight,
      bitDepth: 16,
      data: Uint16Array.from(eight.data, (v) => v * 257),
    } as const;
    const float = {
      ...eight,
      bitDepth: 32,
      data: Float32Array.from(eight.data, (v) => v / 255),
    } as const;
    const file = await encodeJpeg(eight);
    expect(await encodeJpeg(sixteen)).toEqual(file);
    expect(await encodeJpeg(float)).toEqual(file);
  });

  // The encoder's buffer is as large as it takes the input to be: noise at 100 needs more than its pixels.
  it.each([1, 3] as const)("of %i channels keeps noise of every small size", async (channels) => {
    const next = random(3);
    for (const [width, height] of [1, 2, 7, 8, 9, 17].flatMap((w) =>
      [1, 8, 9].map((h) => [w, h]),
    )) {
      const data = Uint8Array.from({ length: width! * height! * channels }, () => next() * 256);
      const noise = { width: width!, height: height!, channels, bitDepth: 8, data } as const;
      const { raster } = await decodeImage(await encodeJpeg(noise, 100));
      expect(raster).toMatchObject({ width, height, channels });
      const worst = Math.max(...data.map((value, at) => Math.abs(value - raster.data[at]!)));
      expect(worst, `${width}x${height}`).toBeLessThanOrEqual(4); // measured
    }
  });

  it("of noise at 100 is larger than its pixels and whole", async () => {
    const next = random(4);
    const [width, height] = [64, 48];
    const data = Uint8Array.from({ length: width * height * 3 }, () => next() * 256);
    const file = await encodeJpeg({ width, height, channels: 3, bitDepth: 8, data }, 100);
    expect(file.length).toBeGreaterThan(data.length);
    const shown = await sharp(Buffer.from(file)).raw().toBuffer();
    expect(Buffer.from((await decodeImage(file)).raster.data.buffer)).toEqual(shown);
  });

  it("has one component for grey", async () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const grey = { width: 16, height: 16, channels: 1, bitDepth: 8, data } as const;
    const file = await encodeJpeg(grey);
    expect(await sharp(Buffer.from(file)).metadata()).toMatchObject({ space: "b-w", channels: 1 });
    const { raster } = await decodeImage(file);
    expect(raster.channels).toBe(1);
    expect(psnr(grey, raster)).toBeGreaterThan(45); // measured: 47.6
  });

  it("flattens alpha onto white", async () => {
    const pixels = (alpha: number) =>
      Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? alpha : 0));
    const shown = async (alpha: number) => {
      const raster = {
        width: 8,
        height: 8,
        channels: 4,
        bitDepth: 8,
        data: pixels(alpha),
      } as const;
      return (await decodeImage(await encodeJpeg(raster))).raster.data[0]!;
    };
    expect(await shown(0)).toBe(255);
    expect(Math.abs((await shown(51)) - 204)).toBeLessThanOrEqual(2);
    expect(await shown(255)).toBe(0);
  });

  it("refuses qualities and sizes that JPEG does not have", async () => {
    const raster = gradient(3, 3);
    for (const quality of [0, 101, 92.5, Number.NaN]) {
      const error = await rejectionOf(() => encodeJpeg(raster, quality));
      expect(error.message).toMatch(/1-100 for quality/);
    }
    const wide = pattern(1, 8, 65536, 1);
    const error = await rejectionOf(() => encodeJpeg(wide));
    expect(error.message).toMatch(/65536x1; save it as PNG/);
  });
});
