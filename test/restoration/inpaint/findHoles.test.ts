/** The holes of masks as people paint them. */

import { describe, expect, it } from "vitest";
import { runSync } from "../../../src/base/interruptible.ts";
import type { Raster } from "../../../src/image/Raster.ts";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { encodeImage } from "../../../src/io/encodeImage.ts";
import { findHoles } from "../../../src/restoration/inpaint/findHoles.ts";
import { scene } from "../../support/pictures.ts";

const width = 37;
const height = 29;
const pixels = width * height;

type Colour = readonly number[];

const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

function isHole(pixel: number): boolean {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return x >= 12 && x < 30 && y >= 10 && y < 20;
}

const HOLE: Uint8Array = Uint8Array.from({ length: pixels }, (_, i) => (isHole(i) ? 1 : 0));
const REST: Uint8Array = HOLE.map((value) => 1 - value);

/** Two colours with as many channels as they have values. */
function painted(hole: Colour, rest: Colour): Raster {
  return filled((pixel) => (isHole(pixel) ? hole : rest));
}

function filled(colourOf: (pixel: number) => Colour): Raster {
  const values = Array.from({ length: pixels }, (_, pixel) => colourOf(pixel));
  const channels = values[0]!.length as Raster["channels"]; // one to four values
  return { width, height, channels, bitDepth: 8, data: Uint8Array.from(values.flat()) };
}

/** A colour of the scene, a picture whose pixels are neither black nor white. */
function photograph(pixel: number): Colour {
  return [...scene(width, height).data.slice(3 * pixel, 3 * pixel + 3)];
}

function holesOf(mask: Raster): { data: Uint8Array; notes: readonly string[] } {
  return runSync(findHoles(mask, "mask.png"));
}

describe("are what is painted", () => {
  it.each([
    ["white on black", WHITE, BLACK],
    ["red", [255, 0, 0], BLACK],
    ["green", [0, 255, 0], BLACK],
    ["blue, whose luminance is 18", [0, 0, 255], BLACK],
    ["a dark blue", [0, 0, 90], BLACK],
    ["a grey", [110, 110, 110], BLACK],
    ["grey of one channel", [255], [0]],
    ["ones and zeros", [1], [0]],
    ["half of white, and no less", [128], [127]],
    ["white on black that is not quite so", [250, 248, 251], [9, 7, 12]],
    ["grey with an alpha that says nothing", [255, 255], [0, 255]],
    ["white on black, all of it transparent", [255, 255, 255, 0], [0, 0, 0, 0]],
    ["white on black, none of it opaque", [255, 255, 255, 90], [0, 0, 0, 90]],
    ["alpha alone, black", [0, 0, 0, 255], [0, 0, 0, 0]],
    ["black on transparent white", [0, 0, 0, 255], [255, 255, 255, 0]],
    ["white on transparent white", [255, 255, 255, 255], [255, 255, 255, 0]],
    ["white on transparent black", [255, 255, 255, 255], [0, 0, 0, 0]],
    ["blue on transparent white", [0, 0, 255, 255], [255, 255, 255, 0]],
    ["grey and alpha, white on white", [255, 255], [255, 0]],
    ["grey and alpha, black on black", [0, 255], [0, 0]],
    ["a brush of 40 %", [255, 255, 255, 102], [255, 255, 255, 0]],
    ["a brush of half, rounded down", [255, 0, 0, 127], [0, 0, 0, 0]],
    ["alpha of ones and zeros", [0, 0, 0, 1], [0, 0, 0, 0]],
    ["white on black that is half visible", [255, 255, 255, 255], [0, 0, 0, 128]],
    ["black from which the holes were erased", [0, 0, 0, 0], [0, 0, 0, 255]],
    ["black from which white was erased", [255, 255, 255, 0], [0, 0, 0, 255]],
  ])("%s", (_, hole, rest) => {
    expect(holesOf(painted(hole, rest))).toEqual({ data: HOLE, notes: [] });
  });

  it("16 bits and floats", () => {
    const grey = { width, height, channels: 1 } as const;
    const deep = Uint16Array.from(HOLE, (value) => value * 65535);
    expect(holesOf({ ...grey, bitDepth: 16, data: deep }).data).toEqual(HOLE);
    const float = Float32Array.from(HOLE, (value) => value * 1.2 - 0.1);
    expect(holesOf({ ...grey, bitDepth: 32, data: float }).data).toEqual(HOLE);
    const labels = Uint16Array.from(HOLE);
    expect(holesOf({ ...grey, bitDepth: 16, data: labels }).data).toEqual(HOLE);
  });

  it("a photograph from which the holes were erased", () => {
    const mask = filled((pixel) => [...photograph(pixel), isHole(pixel) ? 0 : 255]);
    expect(holesOf(mask)).toEqual({ data: HOLE, notes: [] });
  });

  it("what is cut out of a photograph", () => {
    const mask = filled((pixel) => [...photograph(pixel), isHole(pixel) ? 255 : 0]);
    expect(holesOf(mask)).toEqual({ data: HOLE, notes: [] });
  });

  it("white on black with a transparent margin", () => {
    const mask = filled((pixel) => {
      if (isHole(pixel)) return [255, 255, 255, 255];
      return [0, 0, 0, pixel % width < 3 ? 0 : 255];
    });
    expect(holesOf(mask)).toEqual({ data: HOLE, notes: [] });
  });

  it("strokes of light and dark colours on a transparent layer", () => {
    const mask = filled((pixel) => {
      if (!isHole(pixel)) return [255, 255, 255, 0];
      return pixel % width < 20 ? [40, 0, 60, 255] : [255, 220, 0, 255];
    });
    expect(holesOf(mask)).toEqual({ data: HOLE, notes: [] });
  });

  it.each([
    ["a black brush on transparent white", 255],
    ["holes erased from black", 0],
  ])("%s, scaled so that the colours mix", (_, alphaInHole) => {
    const mask = filled((pixel) => {
      const x = pixel % width;
      const inHole = isHole(pixel) ? (x === 12 ? 0.6 : 1) : isHole(pixel + 1) && x === 11 ? 0.4 : 0;
      const alpha = Math.round(alphaInHole === 255 ? 255 * inHole : 255 * (1 - inHole));
      return [255 - alpha, 255 - alpha, 255 - alpha, alpha];
    });
    expect(holesOf(mask)).toEqual({ data: HOLE, notes: [] });
  });

  it.each([
    ["grey", [0, 0]],
    ["of white on transparent white", [255, 255]],
  ])("soft edges up to their middle: %s", (kind, [ground = 0]) => {
    const soft = filled((pixel) => {
      const x = pixel % width;
      const level = isHole(pixel) ? Math.min(255, 128 + (x - 12) * 40) : x >= 8 && x < 12 ? 90 : 0;
      return kind === "grey" ? [level] : [255, 255, ground, level];
    });
    expect(holesOf(soft)).toEqual({ data: HOLE, notes: [] });
  });

  it.each([50, 75, 92])("a JPEG of quality %i", async (quality) => {
    for (const colour of [WHITE, [255, 0, 0], [0, 0, 255], [128, 0, 128], [60, 60, 60]]) {
      const jpeg = await encodeImage(painted(colour, BLACK), "jpeg", { quality });
      expect(holesOf((await decodeImage(jpeg)).raster)).toEqual({ data: HOLE, notes: [] });
    }
  });
});

describe("are said where they are odd", () => {
  it.each([
    ["all white", filled(() => WHITE), /^The mask \(mask\.png\) marks the whole picture/],
    ["all black", filled(() => BLACK), /^The mask \(mask\.png\) marks nothing/],
    ["red on white", painted([255, 0, 0], WHITE), /marks the whole picture/],
    ["noise around black", filled((pixel) => [pixel % 5]), /marks nothing/],
    ["a dark grey", filled(() => [90]), /marks nothing/],
    ["all transparent", filled(() => [0, 0, 0, 0]), /marks nothing/],
    ["inverted", painted(BLACK, WHITE), /marks 83 % of the picture and most of its border/],
    [
      "inverted alpha",
      painted([255, 255, 255, 0], [255, 255, 255, 255]),
      /marks 83 % .* may be inverted/,
    ],
    [
      "strokes on a photograph",
      filled((pixel) => (isHole(pixel) ? [60, 255, 60] : photograph(pixel))),
      /looks like a photograph/,
    ],
  ])("%s", (_, mask, note) => {
    expect(holesOf(mask).notes).toContainEqual(expect.stringMatching(note));
  });

  it("inverted ones are taken as they are", () => {
    expect(holesOf(painted(BLACK, WHITE)).data).toEqual(REST);
  });

  it("but not where much is to be filled in: around the picture, or within", () => {
    const within = filled((pixel) => {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      return x > 0 && x < width - 1 && y > 0 && y < height - 1 ? WHITE : BLACK;
    });
    expect(holesOf(within).notes).toEqual([]);
    const around = filled((pixel) => (pixel % width < 8 || pixel % width > 28 ? WHITE : BLACK));
    expect(holesOf(around).notes).toEqual([]);
  });
});
