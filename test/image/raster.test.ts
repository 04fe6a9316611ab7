import { describe, expect, it } from "vitest";
import { runSync } from "../../src/base/interruptible.ts";
import { alphaOf } from "../../src/image/alphaOf.ts";
import { applyOrientation, type Orientation } from "../../src/image/applyOrientation.ts";
import { assembleRaster } from "../../src/image/assembleRaster.ts";
import { colourToFloat } from "../../src/image/colourToFloat.ts";
import { quantize } from "../../src/image/quantize.ts";
import { checkRaster, type Raster } from "../../src/image/Raster.ts";
import { toDepth } from "../../src/image/toDepth.ts";
import { nafnetErrorOf } from "../io/fixtures.ts";

const rgba: Raster = {
  width: 2,
  height: 1,
  channels: 4,
  bitDepth: 8,
  data: Uint8Array.of(0, 51, 255, 7, 1, 2, 3, 200),
};
const greyAlpha: Raster = {
  width: 1,
  height: 2,
  channels: 2,
  bitDepth: 16,
  data: Uint16Array.of(65535, 257, 13107, 40000),
};

describe("checkRaster", () => {
  it("accepts consistent rasters", () => {
    checkRaster(rgba);
    checkRaster(greyAlpha);
    checkRaster({ ...rgba, data: new Uint8ClampedArray(8) });
    checkRaster({ ...rgba, bitDepth: 32, data: new Float32Array(8) });
  });

  it.each([
    [{ ...rgba, width: 0 }, /≥ 1 for width but received 0/],
    [{ ...rgba, height: 1.5 }, /height but received 1\.5/],
    [{ ...rgba, width: 3 }, /12 values for 3x1x4 but received 8/],
    [{ ...rgba, channels: 5 as 4 }, /received 5/],
    [{ ...rgba, bitDepth: 16 }, /Uint8Array with bitDepth 16/],
    [{ ...greyAlpha, bitDepth: 32 }, /Uint16Array with bitDepth 32/],
  ] as [Raster, RegExp][])("refuses %o", (raster, message) => {
    const error = nafnetErrorOf(() => checkRaster(raster));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(message);
  });
});

describe("colourToFloat and alphaOf", () => {
  it("take RGBA apart", () => {
    expect(Array.from(colourToFloat(rgba))).toEqual(
      [0, 51, 255, 1, 2, 3].map((value) => Math.fround(value / 255)),
    );
    expect(alphaOf(rgba)).toEqual({
      width: 2,
      height: 1,
      channels: 1,
      bitDepth: 8,
      data: Uint8Array.of(7, 200),
    });
  });

  it("repeat grey and keep 16 bits", () => {
    const fifth = Math.fround(0.2);
    expect(Array.from(colourToFloat(greyAlpha))).toEqual([1, 1, 1, fifth, fifth, fifth]);
    expect(alphaOf(greyAlpha)?.data).toEqual(Uint16Array.of(257, 40000));
  });

  it("copy float, clamped, and find no alpha", () => {
    const data = Float32Array.of(0.1, 1.5, -0.5);
    const raster: Raster = { width: 1, height: 1, channels: 3, bitDepth: 32, data };
    const colour = colourToFloat(raster);
    expect(colour).toEqual(Float32Array.of(0.1, 1, 0));
    expect(data[1]).toBe(1.5);
    expect(alphaOf(raster)).toBeUndefined();
  });
});

describe("quantize", () => {
  it("clamps and rounds halves up", () => {
    const half = 0.5 / 255;
    const values = Float32Array.of(-1, 0, half, 0.5, 1, 2, Infinity, -Infinity);
    expect(Array.from(quantize(values, 8))).toEqual([0, 0, 1, 128, 255, 255, 255, 0]);
    expect(quantize(Float32Array.of(0.5), 16)).toEqual(Uint16Array.of(32768));
  });

  it("gives every integer back that colourToFloat made a float", () => {
    const eight = Uint8Array.from({ length: 256 }, (_, i) => i);
    const sixteen = Uint16Array.from({ length: 65536 }, (_, i) => i);
    expect(
      quantize(
        Float32Array.from(eight, (v) => v / 255),
        8,
      ),
    ).toEqual(eight);
    expect(
      quantize(
        Float32Array.from(sixteen, (v) => v / 65535),
        16,
      ),
    ).toEqual(sixteen);
  });

  it("refuses NaN", () => {
    const error = nafnetErrorOf(() => quantize(Float32Array.of(0, Number.NaN), 8));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/1 is NaN/),
    });
  });
});

describe("toDepth", () => {
  it("goes up and down exactly", () => {
    const up = toDepth(rgba, 16);
    expect(up.data).toEqual(Uint16Array.from(rgba.data, (v) => v * 257));
    expect(toDepth(up, 8)).toEqual(rgba);
    expect(toDepth(rgba, 8)).toBe(rgba);
  });

  it("rounds 16 to 8", () => {
    const raster: Raster = { ...greyAlpha, data: Uint16Array.of(128, 129, 65406, 65407) };
    expect(toDepth(raster, 8).data).toEqual(Uint8Array.of(0, 1, 254, 255));
  });
});

describe("assemble", () => {
  const layoutOf = (raster: Raster) => ({
    width: raster.width,
    height: raster.height,
    grey: raster.channels < 3,
    alpha: alphaOf(raster),
  });

  it("is the inverse of taking apart, for all channels and depths", () => {
    for (const channels of [1, 2, 3, 4] as const) {
      for (const bitDepth of [8, 16] as const) {
        const length = 5 * 3 * channels;
        const data =
          bitDepth === 8
            ? Uint8Array.from({ length }, (_, i) => i * 37)
            : Uint16Array.from({ length }, (_, i) => i * 7919);
        const raster: Raster = { width: 5, height: 3, channels, bitDepth, data };
        expect(runSync(assembleRaster(colourToFloat(raster), layoutOf(raster), bitDepth))).toEqual(
          raster,
        );
      }
    }
  });

  it("makes grey of three channels' mean and rescales alpha", () => {
    const layout = layoutOf(greyAlpha);
    const colour = Float32Array.of(0, 0.3, 0.6, 1, 1, 1);
    expect(runSync(assembleRaster(colour, layout, 8))).toEqual({
      width: 1,
      height: 2,
      channels: 2,
      bitDepth: 8,
      data: Uint8Array.of(77, 1, 255, 156),
    });
  });

  it("refuses sizes that disagree", () => {
    const layout = layoutOf(greyAlpha);
    expect(nafnetErrorOf(() => runSync(assembleRaster(new Float32Array(3), layout, 8))).code).toBe(
      "INVALID_ARGUMENT",
    );
    const wide = { ...layout, width: 2 };
    expect(
      nafnetErrorOf(() => runSync(assembleRaster(new Float32Array(12), wide, 8))).message,
    ).toMatch(/alpha/);
  });
});

describe("applyOrientation", () => {
  // 0 1 2
  // 3 4 5
  const stored: Raster = {
    width: 3,
    height: 2,
    channels: 1,
    bitDepth: 8,
    data: Uint8Array.of(0, 1, 2, 3, 4, 5),
  };

  it.each([
    [1, [0, 1, 2, 3, 4, 5]],
    [2, [2, 1, 0, 5, 4, 3]],
    [3, [5, 4, 3, 2, 1, 0]],
    [4, [3, 4, 5, 0, 1, 2]],
    [5, [0, 3, 1, 4, 2, 5]],
    [6, [3, 0, 4, 1, 5, 2]],
    [7, [5, 2, 4, 1, 3, 0]],
    [8, [2, 5, 1, 4, 0, 3]],
  ] as [Orientation, number[]][])("%i", (orientation, expected) => {
    const upright = applyOrientation(stored, orientation);
    expect(Array.from(upright.data)).toEqual(expected);
    expect([upright.width, upright.height]).toEqual(orientation > 4 ? [2, 3] : [3, 2]);
  });
});
