import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkRaster } from "../../src/image/Raster.ts";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { bytesOf, fixtures, makePng, pngChunk, readFixture, rejectionOf } from "./fixtures.ts";

/**
 * CMYK, which jpeg-js decodes and converts without rounding, against Pillow. Measured: at most 3 of 255, 8
 * with subsampling, whose samples it repeats; mean at most 0.37. Everything else is to be libjpeg-turbo's to
 * the bit.
 */
const CMYK_MAX = 8;
const CMYK_MEAN = 0.4;

describe("decodeImage", () => {
  it.each(fixtures)("$file has the size, channels and depth of the file", async (entry) => {
    const { raster, format } = await decodeImage(readFixture(entry.file));
    checkRaster(raster);
    expect(format).toBe(entry.sha256 === undefined ? "jpeg" : "png");
    const { width, height, channels, bitDepth } = entry;
    expect(raster).toMatchObject({ width, height, channels, bitDepth });
  });

  it.each(fixtures.filter(({ sha256 }) => sha256))(
    "$file has exactly its samples",
    async (entry) => {
      const { raster } = await decodeImage(readFixture(entry.file));
      expect(createHash("sha256").update(bytesOf(raster)).digest("hex")).toBe(entry.sha256);
    },
  );

  it.each(fixtures.filter(({ pixels }) => pixels))("$file has libjpeg's pixels", async (entry) => {
    const expected = Buffer.from(entry.pixels ?? "", "base64");
    const actual = bytesOf((await decodeImage(readFixture(entry.file))).raster);
    const differences = Array.from(actual, (value, at) => value - expected[at]!);
    const isCmyk = /cmyk|ycck/.test(entry.file);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThanOrEqual(isCmyk ? CMYK_MAX : 0);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect(Math.abs(mean)).toBeLessThanOrEqual(isCmyk ? CMYK_MEAN : 0);
  });

  it("reads from a view with an offset and leaves the bytes alone", async () => {
    for (const file of ["rgba16.png", "rgb-adobe0.jpg", "exif6.jpg", "baseline-420.jpg"]) {
      const bytes = readFixture(file);
      const padded = new Uint8Array(bytes.length + 12).fill(0xff);
      padded.set(bytes, 5);
      const view = padded.subarray(5, 5 + bytes.length);
      const { raster } = await decodeImage(bytes);
      expect(bytesOf((await decodeImage(view)).raster)).toEqual(bytesOf(raster));
      expect(Buffer.from(view)).toEqual(bytes);
    }
  });

  // libjpeg warns of them as it does of a picture that is cut off.
  it("forgives a few bytes too many after the picture's data", async () => {
    for (const file of ["baseline-420.jpg", "grey.jpg", "progressive-444.jpg"]) {
      const bytes = readFixture(file);
      const { raster } = await decodeImage(bytes);
      const longer = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(5, 7), bytes.subarray(-2)]);
      const { data } = (await decodeImage(longer)).raster;
      expect(data).toEqual(raster.data);
    }
  });

  it("keeps the transparent colour of a colour key", async () => {
    const { raster } = await decodeImage(readFixture("rgb8-key.png"));
    const pixel = (3 * raster.width + 5) * 4;
    const [red, green, blue, alpha] = raster.data.subarray(pixel, pixel + 4);
    expect(alpha).toBe(0);
    expect([red, green, blue]).not.toEqual([0, 0, 0]);
  });

  it("takes a damaged EXIF block for none", async () => {
    const { raster: upright } = await decodeImage(makePng());
    for (const exif of [
      "",
      "II*\0",
      "MM\0*\xff\xff\xff\xff",
      "II*\0\x08\0\0\0\xff\xff",
      "Exif\0\0II*\0",
    ]) {
      const extra = [pngChunk("eXIf", Buffer.from(exif, "latin1"))];
      expect((await decodeImage(makePng({ extra }))).raster).toEqual(upright);
    }
  });

  it("decodes at exactly the limit", async () => {
    const { raster } = await decodeImage(readFixture("baseline-444.jpg"), { maxPixels: 23 * 17 });
    expect(raster.width).toBe(23);
  });
});

describe("decodeImage refuses", () => {
  const refusal = (bytes: Uint8Array, maxPixels?: number) =>
    rejectionOf(() =>
      decodeImage(bytes, { name: "x.png", ...(maxPixels === undefined ? {} : { maxPixels }) }),
    );

  it("an empty file", async () => {
    expect(await refusal(new Uint8Array())).toMatchObject({
      code: "INPUT_CORRUPT",
      message: "x.png: empty, 0 bytes",
    });
  });

  it("a file that is no picture, with its first bytes", async () => {
    const error = await refusal(Buffer.from("hello, world"));
    expect(error.code).toBe("INPUT_CORRUPT");
    expect(error.message).toContain("68656c6c6f2c2077");
  });

  it.each([
    ["GIF", "GIF89a"],
    ["BMP", "BM\x36\0\0\0"],
    ["SVG", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["JPEG XL", "\xff\x0a\xfa"],
    ["JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
    ["PSD", "8BPS\0\x01"],
    ["XCF", "gimp xcf v011\0"],
    ["PNM", "P1\n2 1\n0 1\n"],
    ["PNM", "P2\t2 1 255 0 1"],
    ["PNM", "P3\r\n2 1\r\n"],
    ["PNM", "P4#a comment\n8 1\n\0"],
    ["PNM", "P5 2 2 255\n\0\0\0\0"],
    ["PNM", "P6\v1 1 255\n\0\0\0"],
    ["PNM", "P7\nWIDTH 1\n"],
    ["PNM", "PF\n1 1\n-1.0\n"],
  ])("%s, by name and with what to do", async (name, text) => {
    const error = await refusal(Buffer.from(text, "latin1"));
    expect(error.code).toBe("INPUT_UNSUPPORTED");
    expect(error.message).toMatch(/^x\.png: .*convert it to PNG or JPEG$/);
    expect(error.message).toContain(name);
  });

  it("more pixels than the limit, with the numbers", async () => {
    for (const file of ["rgb8.png", "baseline-444.jpg"]) {
      const error = await refusal(readFixture(file), 390);
      expect(error.code).toBe("INPUT_TOO_LARGE");
      expect(error.message).toMatch(/23x17 = 391 pixels .* 390;.*maxPixels/);
    }
    expect((await refusal(makePng({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 }))).code).toBe(
      "INPUT_TOO_LARGE",
    );
  });

  it("a limit that is no number of pixels", async () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await refusal(makePng(), limit)).code).toBe("INVALID_ARGUMENT");
    }
  });

  it("sides of zero", async () => {
    expect(await refusal(makePng({ width: 0 }))).toMatchObject({ code: "INPUT_CORRUPT" });
    expect(await refusal(makePng({ height: 0 }))).toMatchObject({ code: "INPUT_CORRUPT" });
  });

  it("an unknown critical chunk, by name", async () => {
    const error = await refusal(makePng({ extra: [pngChunk("CgBI", Buffer.alloc(4))] }));
    expect(error.code).toBe("INPUT_UNSUPPORTED");
    expect(error.message).toContain("CgBI");
  });

  it("a wrong CRC, by chunk", async () => {
    const bytes = makePng();
    bytes[20] = bytes[20]! ^ 1;
    expect((await refusal(bytes)).message).toMatch(/chunk IHDR at byte 8 has a wrong CRC/);
  });

  it.each([
    [{ depth: 3 }],
    [{ depth: 4 }],
    [{ depth: 16, colour: 3 }],
    [{ colour: 5 }],
    [{ interlace: 2 }],
    [{ colour: 3 }], // no palette
  ])("a bad header %o", async (parts) => {
    expect((await refusal(makePng(parts))).code).toBe("INPUT_CORRUPT");
  });
});
