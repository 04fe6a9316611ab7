import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Raster } from "../../src/image/Raster.ts";
import { evaluatePair, mse, psnr, ssim } from "../../src/metrics/index.ts";
import { nafnetErrorOf } from "../io/fixtures.ts";

interface Case {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly noise: number;
  readonly mse: number;
  readonly psnr: number;
  readonly ssim: number;
}

const reference: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../fixtures/metrics.json", import.meta.url), "utf8"),
);
/** Measured against scikit-image: mse and psnr equal, ssim within 2.2e-15. */
const TOLERANCE = 1e-14;

/** The formula of tools/parity/metrics.py. */
function pairOf({
  width,
  height,
  noise,
}: Pick<Case, "width" | "height" | "noise">): [Raster, Raster] {
  const a = new Uint8Array(width * height * 3);
  const b = new Uint8Array(width * height * 3);
  for (let at = 0; at < a.length; at++) {
    const c = at % 3;
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    const clean = (x * 5 + y * 3 + c * 40 + Math.floor((x * y) / 7)) % 256;
    const offset = ((x * 7919 + y * 10477 + c * 1301 + x * y * 31) % (noise * 2 + 1)) - noise;
    a[at] = clean;
    b[at] = Math.min(Math.max(clean + offset, 0), 255);
  }
  const of = (data: Uint8Array): Raster => ({ width, height, channels: 3, bitDepth: 8, data });
  return [of(a), of(b)];
}

describe("metrics against scikit-image", () => {
  it.each(reference.cases)("$name $width x $height", (entry) => {
    const [a, b] = pairOf(entry);
    const result = evaluatePair(a, b);
    expect(Math.abs(result.mse - entry.mse)).toBeLessThan(TOLERANCE * entry.mse);
    expect(Math.abs(result.psnr - entry.psnr)).toBeLessThan(TOLERANCE * entry.psnr);
    expect(Math.abs(result.ssim - entry.ssim)).toBeLessThan(TOLERANCE);
    expect(evaluatePair(b, a).mse).toBe(result.mse);
    expect(result).toEqual({ psnr: psnr(a, b), ssim: ssim(a, b), mse: mse(a, b) });
  });
});

describe("metrics", () => {
  const [a, b] = pairOf({ width: 15, height: 12, noise: 20 });
  const grey: Raster = { ...a, channels: 1, data: a.data.slice(0, 15 * 12) };

  it("of equal pictures are perfect", () => {
    expect(evaluatePair(a, a)).toEqual({ psnr: Infinity, ssim: 1, mse: 0 });
  });

  it("of black and white are the worst", () => {
    const black = { ...a, data: new Uint8Array(a.data.length) };
    const white = { ...a, data: new Uint8Array(a.data.length).fill(255) };
    expect(mse(black, white)).toBe(255 ** 2);
    expect(psnr(black, white)).toBe(0);
    // The luminance term alone: C1 / (255² + C1).
    expect(ssim(black, white)).toBeCloseTo(6.5025 / (255 ** 2 + 6.5025), 12);
  });

  it("ignore depth, clamped arrays and alpha", () => {
    const expected = evaluatePair(a, b);
    const sixteen: Raster = {
      ...a,
      bitDepth: 16,
      data: Uint16Array.from(a.data, (v) => v * 257 + 90),
    };
    const float: Raster = { ...a, bitDepth: 32, data: Float32Array.from(a.data, (v) => v / 255) };
    const clamped: Raster = { ...a, data: Uint8ClampedArray.from(a.data) };
    const alpha = Uint8Array.from({ length: 15 * 12 * 4 }, (_, i) =>
      i % 4 === 3 ? i : a.data[Math.floor(i / 4) * 3 + (i % 4)]!,
    );
    for (const same of [sixteen, float, clamped, { ...a, channels: 4, data: alpha } as const]) {
      expect(evaluatePair(same, b)).toEqual(expected);
    }
  });

  it("compare grey with RGB by repeating it", () => {
    const rgb: Raster = {
      ...a,
      data: Uint8Array.from(a.data, (_, i) => grey.data[Math.floor(i / 3)]!),
    };
    expect(evaluatePair(grey, rgb)).toEqual({ psnr: Infinity, ssim: 1, mse: 0 });
    expect(evaluatePair(grey, b)).toEqual(evaluatePair(rgb, b));
  });

  it("refuse pictures of different sizes, with both", () => {
    const other: Raster = { ...a, width: 12, height: 15 };
    for (const metric of [psnr, ssim, mse, evaluatePair]) {
      const error = nafnetErrorOf(() => metric(a, other));
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toMatch(/15x12 and 12x15/);
    }
  });

  it("refuse NaN and inconsistent rasters", () => {
    const nan: Raster = {
      ...a,
      bitDepth: 32,
      data: new Float32Array(a.data.length).fill(Number.NaN),
    };
    expect(nafnetErrorOf(() => psnr(nan, b)).code).toBe("INVALID_ARGUMENT");
    expect(nafnetErrorOf(() => psnr({ ...a, channels: 4 }, b)).code).toBe("INVALID_ARGUMENT");
  });

  it("have no SSIM below the window", () => {
    const [small, other] = pairOf({ width: 10, height: 40, noise: 5 });
    expect(nafnetErrorOf(() => ssim(small, other)).message).toMatch(/11x11 .* received 10x40/);
    expect(psnr(small, other)).toBeGreaterThan(30);
  });
});
