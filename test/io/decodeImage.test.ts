import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { checkRaster } from "../../src/io/Raster.ts";
import { bytesOf, fixtures, makePng, nafnetErrorOf, pngChunk, readFixture } from "./fixtures.ts";

/**
 * Against libjpeg-turbo, whose inverse DCT keeps more bits than jpeg-js's. Measured over all
 * fixtures: at most 3 of 255, mean at most 0.16 (0.37 for the YCCK file, which jpeg-js converts and does not round).
 */
const JPEG_MAX = 3;
const JPEG_MEAN = 0.2;
const YCCK_MEAN = 0.4;

describe("decodeImage", () => {
  it.each(fixtures)("$file has the size, channels and depth of the file", (entry) => {
    const { raster, format } = decodeImage(readFixture(entry.file));
    checkRaster(raster);
    expect(format).toBe(entry.sha256 === undefined ? "jpeg" : "png");
    const { width, height, channels, bitDepth } = entry;
    expect(raster).toMatchObject({ width, height, channels, bitDepth });
  });

  it.each(fixtures.filter(({ sha256 }) => sha256))("$file has exactly its samples", (entry) => {
    const { raster } = decodeImage(readFixture(entry.file));
    expect(createHash("sha256").update(bytesOf(raster)).digest("hex")).toBe(entry.sha256);
  });

  it.each(fixtures.filter(({ pixels }) => pixels))("$file has libjpeg's pixels", (entry) => {
    const expected = Buffer.from(entry.pixels ?? "", "base64");
    const actual = bytesOf(decodeImage(readFixture(entry.file)).raster);
    const differences = Array.from(actual, (value, at) => value - expected[at]!);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThanOrEqual(JPEG_MAX);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect(Math.abs(mean)).toBeLessThan(entry.file === "ycck.jpg" ? YCCK_MEAN : JPEG_MEAN);
  });

  it("reads from a view with an offset and leaves the bytes alone", () => {
    for (const file of ["rgba16.png", "rgb-adobe0.jpg", "exif6.jpg", "baseline-420.jpg"]) {
      const bytes = readFixture(file);
      const padded = new Uint8Array(bytes.length + 12).fill(0xff);
      padded.set(bytes, 5);
      const view = padded.subarray(5, 5 + bytes.length);
      expect(bytesOf(decodeImage(view).raster)).toEqual(bytesOf(decodeImage(bytes).raster));
      expect(Buffer.from(view)).toEqual(bytes);
    }
  });

  it("keeps the transparent colour of a colour key", () => {
    const { raster } = decodeImage(readFixture("rgb8-key.png"));
    const pixel = (3 * raster.width + 5) * 4;
    const [red, green, blue, alpha] = raster.data.subarray(pixel, pixel + 4);
    expect(alpha).toBe(0);
    expect([red, green, blue]).not.toEqual([0, 0, 0]);
  });

  it("takes a damaged EXIF block for none", () => {
    const upright = decodeImage(makePng()).raster;
    for (const exif of [
      "",
      "II*\0",
      "MM\0*\xff\xff\xff\xff",
      "II*\0\x08\0\0\0\xff\xff",
      "Exif\0\0II*\0",
    ]) {
      const extra = [pngChunk("eXIf", Buffer.from(exif, "latin1"))];
      expect(decodeImage(makePng({ extra })).raster).toEqual(upright);
    }
  });

  it("decodes at exactly the limit", () => {
    const { raster } = decodeImage(readFixture("baseline-444.jpg"), { maxPixels: 23 * 17 });
    expect(raster.width).toBe(23);
  });
});

describe("decodeImage refuses", () => {
  const refusal = (bytes: Uint8Array, maxPixels?: number) =>
    nafnetErrorOf(() =>
      decodeImage(bytes, { name: "x.png", ...(maxPixels === undefined ? {} : { maxPixels }) }),
    );

  it("an empty file", () => {
    expect(refusal(new Uint8Array())).toMatchObject({
      code: "INPUT_CORRUPT",
      message: "x.png: empty, 0 bytes",
    });
  });

  it("a file that is no picture, with its first bytes", () => {
    const error = refusal(Buffer.from("hello, world"));
    expect(error.code).toBe("INPUT_CORRUPT");
    expect(error.message).toContain("68656c6c6f2c2077");
  });

  it.each([
    ["WebP", "RIFF\x24\0\0\0WEBPVP8 "],
    ["GIF", "GIF89a"],
    ["TIFF", "II*\0\x08\0\0\0"],
    ["TIFF", "MM\0*\0\0\0\x08"],
    ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0"],
    ["AVIF", "\0\0\0\x1cftypavif\0\0\0\0"],
    ["BMP", "BM\x36\0\0\0"],
    ["SVG", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["JPEG XL", "\xff\x0a\xfa"],
    ["JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
    ["PSD", "8BPS\0\x01"],
  ])("%s, by name and with what to do", (name, text) => {
    const error = refusal(Buffer.from(text, "latin1"));
    expect(error.code).toBe("INPUT_UNSUPPORTED");
    expect(error.message).toMatch(/^x\.png: .*convert it to PNG or JPEG$/);
    expect(error.message).toContain(name);
  });

  it("more pixels than the limit, with the numbers", () => {
    for (const file of ["rgb8.png", "baseline-444.jpg"]) {
      const error = refusal(readFixture(file), 390);
      expect(error.code).toBe("INPUT_TOO_LARGE");
      expect(error.message).toMatch(/23x17 = 391 pixels .* 390;.*maxPixels/);
    }
    expect(refusal(makePng({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 })).code).toBe(
      "INPUT_TOO_LARGE",
    );
  });

  it("a limit that is no number of pixels", () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusal(makePng(), limit).code).toBe("INVALID_ARGUMENT");
    }
  });

  it("sides of zero", () => {
    expect(refusal(makePng({ width: 0 }))).toMatchObject({ code: "INPUT_CORRUPT" });
    expect(refusal(makePng({ height: 0 }))).toMatchObject({ code: "INPUT_CORRUPT" });
  });

  it("valid JPEGs that would come out wrong or not at all", () => {
    for (const file of ["cmyk-no-adobe.jpg", "restart-progressive.jpg"]) {
      expect(refusal(readFixture(file))).toMatchObject({ code: "INPUT_UNSUPPORTED" });
    }
  });

  it("an unknown critical chunk, by name", () => {
    const error = refusal(makePng({ extra: [pngChunk("CgBI", Buffer.alloc(4))] }));
    expect(error.code).toBe("INPUT_UNSUPPORTED");
    expect(error.message).toContain("CgBI");
  });

  it("a wrong CRC, by chunk", () => {
    const bytes = makePng();
    bytes[20] = bytes[20]! ^ 1;
    expect(refusal(bytes).message).toMatch(/chunk IHDR at byte 8 has a wrong CRC/);
  });

  it.each([
    [{ depth: 3 }],
    [{ depth: 4 }],
    [{ depth: 16, colour: 3 }],
    [{ colour: 5 }],
    [{ interlace: 2 }],
    [{ colour: 3 }], // no palette
  ])("a bad header %o", (parts) => {
    expect(refusal(makePng(parts)).code).toBe("INPUT_CORRUPT");
  });
});
