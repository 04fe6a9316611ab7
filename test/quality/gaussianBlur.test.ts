import { describe, expect, it } from "vitest";
import type { Raster } from "../../src/image/Raster.ts";
import { gaussianBlur } from "../../tools/quality/gaussianBlur.ts";

function grey(width: number, height: number, value: (x: number, y: number) => number): Raster {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { width, height, channels: 1, bitDepth: 8, data };
}

describe("gaussianBlur", () => {
  it.each([0.5, 1.5, 2.5, 6])("leaves a constant picture as it is, sigma %d", (sigma) => {
    for (const value of [0, 1, 127, 255]) {
      const picture = { ...grey(7, 5, () => 0), channels: 3 } as const;
      const data = new Uint8Array(7 * 5 * 3).fill(value);
      expect(gaussianBlur({ ...picture, data }, sigma).data).toStrictEqual(data);
    }
  });

  it("spreads a point as the formula says, the same in all directions", () => {
    const sigma = 1.5;
    const size = 31;
    const middle = 15;
    const { data } = gaussianBlur(
      grey(size, size, (x, y) => (x === middle && y === middle ? 255 : 0)),
      sigma,
    );
    const at = (dx: number, dy: number): number => data[(middle + dy) * size + middle + dx]!;
    for (let d = 0; d <= 6; d++) {
      const density = (255 / (2 * Math.PI * sigma ** 2)) * Math.exp(-(d ** 2) / (2 * sigma ** 2));
      expect(Math.abs(at(d, 0) - density)).toBeLessThan(0.51);
      expect([at(-d, 0), at(0, d), at(0, -d)]).toEqual([at(d, 0), at(d, 0), at(d, 0)]);
      expect([at(-d, d), at(d, -d), at(-d, -d)]).toEqual([at(d, d), at(d, d), at(d, d)]);
    }
  });

  it("keeps the light of a step and of what lies at the border", () => {
    const step = grey(40, 9, (x) => (x < 20 ? 40 : 200));
    const { data } = gaussianBlur(step, 2);
    for (let y = 0; y < 9; y++) {
      const row = Array.from(data.subarray(y * 40, y * 40 + 40));
      expect(row[0]).toBe(40);
      expect(row[39]).toBe(200);
      expect(row).toEqual([...row].sort((a, b) => a - b));
      for (let x = 0; x < 40; x++) expect(row[x]! + row[39 - x]!).toBe(240);
    }
  });

  it("keeps channels apart", () => {
    const data = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) =>
      i % 3 === 1 ? (i * 7) % 256 : 50,
    );
    const blurred = gaussianBlur({ width: 6, height: 6, channels: 3, bitDepth: 8, data }, 1);
    expect(blurred).toMatchObject({ width: 6, height: 6, channels: 3, bitDepth: 8 });
    expect(blurred.data.filter((_, i) => i % 3 !== 1).every((value) => value === 50)).toBe(true);
    expect(blurred.data.filter((_, i) => i % 3 === 1)).not.toStrictEqual(
      data.filter((_, i) => i % 3 === 1),
    );
  });
});
