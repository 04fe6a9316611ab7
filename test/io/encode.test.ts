import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodeJpeg } from "../../src/io/encodeJpeg.ts";
import { encodePng } from "../../src/io/encodePng.ts";
import type { Raster } from "../../src/io/Raster.ts";
import { psnr } from "../../src/metrics/index.ts";
import { nafnetErrorOf } from "./fixtures.ts";

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
  it.each(CHANNELS)("comes back exactly with %i channels", (channels) => {
    for (const bitDepth of [8, 16] as const) {
      for (const [width, height] of SIZES) {
        const raster = pattern(channels, bitDepth, width, height);
        expect(decodeImage(encodePng(raster))).toEqual({ raster, format: "png" });
      }
    }
  });

  it("reads data that is a view, clamped or not", () => {
    const whole = pattern(3, 16);
    const shifted = new Uint16Array(whole.data.length + 3);
    shifted.set(whole.data, 3);
    expect(decodeImage(encodePng({ ...whole, data: shifted.subarray(3) })).raster).toEqual(whole);
    const eight = pattern(4, 8);
    const clamped = Uint8ClampedArray.from([9, ...eight.data]).subarray(1);
    expect(decodeImage(encodePng({ ...eight, data: clamped })).raster).toEqual(eight);
  });

  it("writes float as 16 bits", () => {
    const data = Float32Array.of(0, 0.5, 2);
    const { raster } = decodeImage(
      encodePng({ width: 1, height: 1, channels: 3, bitDepth: 32, data }),
    );
    expect(raster).toMatchObject({ bitDepth: 16, data: Uint16Array.of(0, 32768, 65535) });
  });

  it("refuses an inconsistent raster and NaN", () => {
    const raster = pattern(3, 8);
    expect(nafnetErrorOf(() => encodePng({ ...raster, width: 8 })).code).toBe("INVALID_ARGUMENT");
    const data = new Float32Array(3).fill(Number.NaN);
    const bad: Raster = { width: 1, height: 1, channels: 3, bitDepth: 32, data };
    expect(nafnetErrorOf(() => encodePng(bad)).code).toBe("INVALID_ARGUMENT");
  });
});

describe("encodeJpeg", () => {
  it("comes back close, closer with more quality", () => {
    const raster = gradient(61, 47);
    const at = (quality?: number) => psnr(raster, decodeImage(encodeJpeg(raster, quality)).raster);
    // Measured: 43.9, 50.2, 52.2.
    expect(at(50)).toBeGreaterThan(43);
    expect(at()).toBeGreaterThan(49);
    expect(at(100)).toBeGreaterThan(51.5);
    expect(encodeJpeg(raster).length).toBeLessThan(encodeJpeg(raster, 100).length);
  });

  it("rounds 16 bits and float to the same file as 8", () => {
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
    expect(encodeJpeg(sixteen)).toEqual(encodeJpeg(eight));
    expect(encodeJpeg(float)).toEqual(encodeJpeg(eight));
  });

  it("keeps grey without colour", () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { raster } = decodeImage(
      encodeJpeg({ width: 16, height: 16, channels: 1, bitDepth: 8, data }),
    );
    expect(raster.channels).toBe(3);
    for (let at = 0; at < raster.data.length; at += 3) {
      expect(raster.data[at + 1]).toBe(raster.data[at]);
      expect(raster.data[at + 2]).toBe(raster.data[at]);
    }
  });

  it("flattens alpha onto white", () => {
    const pixels = (alpha: number) =>
      Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? alpha : 0));
    const shown = (alpha: number) =>
      decodeImage(
        encodeJpeg({ width: 8, height: 8, channels: 4, bitDepth: 8, data: pixels(alpha) }),
      ).raster.data[0]!;
    expect(shown(0)).toBe(255);
    expect(Math.abs(shown(51) - 204)).toBeLessThanOrEqual(2);
    expect(shown(255)).toBe(0);
  });

  it("refuses qualities and sizes that JPEG does not have", () => {
    const raster = gradient(3, 3);
    for (const quality of [0, 101, 92.5, Number.NaN]) {
      expect(nafnetErrorOf(() => encodeJpeg(raster, quality)).message).toMatch(/1-100 for quality/);
    }
    const wide = pattern(1, 8, 65536, 1);
    expect(nafnetErrorOf(() => encodeJpeg(wide)).message).toMatch(/65536x1; save it as PNG/);
  });
});
