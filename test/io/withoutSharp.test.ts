/** Errors where the optional package is not installed. */

import { expect, it, vi } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { checkWritable, encodeImage } from "../../src/io/encodeImage.ts";
import { readFixture, rejectionOf } from "./fixtures.ts";
import { makeTiff, tiffPage } from "./tiff/makeTiff.ts";

vi.mock("sharp", () => {
  throw new Error("Cannot find package 'sharp'");
});

it.each([
  ["WebP", "RIFF\x24\0\0\0WEBPVP8 "],
  ["TIFF", "II*\0\x08\0\0\0"],
  ["TIFF", "MM\0*\0\0\0\x08"],
  ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0"],
  ["AVIF", "\0\0\0\x1cftypavif\0\0\0\0"],
])("%s is refused, with what to do", async (name, text) => {
  const error = await rejectionOf(() => decodeImage(Buffer.from(text, "latin1"), { name: "x" }));
  expect(error.code).toBe("INPUT_UNSUPPORTED");
  expect(error.message).toContain(name);
  expect(error.message).toMatch(/npm install sharp, or convert it to PNG or JPEG$/);
});

it.each([
  ["DNG", makeTiff([tiffPage([8, 6], { 254: 1, 50706: Uint8Array.of(1, 4, 0, 0) })])],
  [
    "NEF",
    makeTiff([{ ...tiffPage([8, 6], { 254: 1 }), children: [tiffPage([40, 30], { 262: 32803 })] }]),
  ],
  ["RW2", Buffer.from("IIU\0\x18\0\0\0", "latin1")],
])("%s is camera raw, which sharp would not help with", async (_, file) => {
  const error = await rejectionOf(() => decodeImage(file));
  expect(error.code).toBe("INPUT_UNSUPPORTED");
  expect(error.message).toMatch(/camera raw .*is not decoded/);
  expect(error.message).not.toMatch(/sharp/);
});

it.each(["webp", "avif", "tiff"] as const)("%s is not written", async (format) => {
  const { raster } = await decodeImage(readFixture("rgb8.png"));
  for (const attempt of [() => encodeImage(raster, format), () => checkWritable(format)]) {
    expect(await rejectionOf(attempt)).toMatchObject({
      code: "OUTPUT_FAILED",
      message: expect.stringMatching(/npm install sharp/),
    });
  }
});

it("PNG and JPEG need nothing", async () => {
  await checkWritable("png");
  await checkWritable("jpeg");
  const { raster } = await decodeImage(readFixture("baseline-420.jpg"));
  expect((await decodeImage(await encodeImage(raster, "png"))).raster).toEqual(raster);
});
