/** TIFFs of all kinds, through the decoder: the pixels, or the reason. */

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { encodeImage } from "../../../src/io/encodeImage.ts";
import { rejectionOf } from "../fixtures.ts";
import { HEIGHT, pixels, rewritten, rich, WIDTH } from "../richPictures.ts";
import { makeTiff, type TiffLayout, type TiffParts, tiffPage } from "./makeTiff.ts";

const LAYOUTS: readonly (readonly [name: string, layout: TiffLayout])[] = [
  ["little-endian", {}],
  ["big-endian", { bigEndian: true }],
  ["little-endian BigTIFF", { big: true }],
  ["big-endian BigTIFF", { big: true, bigEndian: true }],
];

/** Samples that differ. */
function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37) % 256);
}

/** Every sample but the last of each pixel. */
function withoutLast(samples: Uint8Array, channels: number): number[] {
  return Array.from(samples).filter((_, i) => i % channels !== channels - 1);
}

async function decodedTiff(page: TiffParts, layout?: TiffLayout) {
  const { raster, metadata } = await decodeImage(makeTiff([page], layout));
  const { channels, bitDepth, data } = raster;
  return { channels, bitDepth, data: Array.from(data), notes: metadata.notes };
}

describe.each(LAYOUTS)("a %s TIFF of grey and alpha", (_, layout) => {
  const samples = ramp(5 * 4 * 2);
  const tags = { 258: [8, 8], 277: 2, 338: 2 };

  it("keeps both", async () => {
    const found = await decodedTiff(tiffPage([5, 4], tags, samples), layout);
    expect(found).toEqual({ channels: 2, bitDepth: 8, data: Array.from(samples), notes: [] });
  });

  it("keeps both with white as 0, which alpha has not", async () => {
    const found = await decodedTiff(tiffPage([5, 4], { ...tags, 262: 0 }, samples), layout);
    const expected = Array.from(samples, (value, i) => (i % 2 === 0 ? 255 - value : value));
    expect(found).toEqual({ channels: 2, bitDepth: 8, data: expected, notes: [] });
  });
});

it("premultiplied grey is divided by its alpha", async () => {
  const page = tiffPage(
    [3, 1],
    { 258: [8, 8], 277: 2, 338: 1 },
    Uint8Array.of(50, 100, 0, 0, 90, 255),
  );
  // 50 · 255 / 100 = 127.5, which libvips cuts off
  expect((await decodedTiff(page)).data).toEqual([127, 100, 0, 0, 90, 255]);
});

describe.each([8, 16] as const)("grey and alpha of %i bits", (bits) => {
  const kind = { channels: 2, bits, metadata: false } as const;
  const expected = Array.from(pixels(kind));

  it("are written and read again", async () => {
    const data = pixels(kind);
    const raster = { width: WIDTH, height: HEIGHT, channels: 2, bitDepth: bits, data } as const;
    const written = await encodeImage(raster, "tiff");
    expect(await sharp(written).metadata()).toMatchObject({ channels: 2, hasAlpha: true });
    expect(Array.from((await decodeImage(written)).raster.data)).toEqual(expected);
    const again = await rewritten(Buffer.from(written));
    expect(Array.from((await decodeImage(again)).raster.data)).toEqual(expected);
  });

  it.each(["lzw", "deflate", "packbits", "none"] as const)(
    "are read with %s",
    async (compression) => {
      const png = await rich("png", kind);
      const space = bits === 8 ? "b-w" : "grey16";
      const file = await sharp(png).toColourspace(space).tiff({ compression }).toBuffer();
      const { raster } = await decodeImage(file);
      expect([raster.channels, raster.bitDepth]).toEqual([2, bits]);
      expect(Array.from(raster.data)).toEqual(expected);
    },
  );
});

describe("a channel that is no alpha", () => {
  it.each([
    ["RGB and infrared", 4, { 258: [8, 8, 8, 8], 262: 2, 277: 4, 338: 0 }],
    ["grey and an unspecified one", 2, { 258: [8, 8], 277: 2, 338: 0 }],
  ])("%s is left out, and said", async (_, channels, tags) => {
    const samples = ramp(5 * 4 * channels);
    expect(await decodedTiff(tiffPage([5, 4], tags, samples))).toEqual({
      channels: channels - 1,
      bitDepth: 8,
      data: withoutLast(samples, channels),
      notes: ["The channel after the colours is not declared as alpha; it is left out."],
    });
  });

  it("beside CMYK is left out", async () => {
    const tags = { 258: [8, 8, 8, 8, 8], 262: 5, 277: 5 };
    const page = (extra: number) => tiffPage([5, 4], { ...tags, 338: extra }, ramp(100));
    const alpha = await decodedTiff(page(2));
    const other = await decodedTiff(page(0));
    expect([alpha.channels, other.channels]).toEqual([4, 3]);
    expect(other.data).toEqual(withoutLast(Uint8Array.from(alpha.data), 4));
    expect(other.notes).toEqual([
      expect.stringMatching(/not declared as alpha/),
      "The picture was cmyk and is now sRGB; it has no ICC profile that fits, so a general one was applied.",
    ]);
  });
});

it("CMYK with its profile says that it was applied", async () => {
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  const file = await sharp(pixels({}), { raw }).withIccProfile("cmyk").tiff().toBuffer();
  expect((await sharp(file).metadata()).space).toBe("cmyk");
  const { raster, metadata } = await decodeImage(file);
  expect(raster.channels).toBe(3);
  expect(metadata).toMatchObject({
    icc: undefined,
    notes: ["The picture was cmyk and is now sRGB; its ICC profile was applied."],
  });
});

describe("other kinds", () => {
  it.each([
    ["white is 0", { 262: 0 }, [0, 100, 200, 255], [255, 155, 55, 0]],
    ["1 bit", { 258: 1 }, [0b01010000], [0, 255, 0, 255]],
    ["4 bits, white is 0", { 258: 4, 262: 0 }, [0x0f, 0x5a], [255, 0, 170, 85]],
    ["an undefined type", { 339: 4 }, [0, 100, 200, 255], [0, 100, 200, 255]],
  ] as const)("%s", async (_, tags, stored, expected) => {
    const found = await decodedTiff(tiffPage([4, 1], tags, Uint8Array.from(stored)));
    expect(found).toMatchObject({ channels: 1, bitDepth: 8, data: expected });
  });

  it("a palette", async () => {
    const colours = [0, 0xffff, 0x8080, 0, 0xffff, 0, 0x4040, 0, 0, 0, 0xffff, 0];
    const page = tiffPage([4, 1], { 258: 2, 262: 3, 320: colours }, Uint8Array.of(0b00011011));
    const expected = [0, 255, 0, 255, 0, 0, 128, 64, 255, 0, 0, 0];
    expect(await decodedTiff(page)).toMatchObject({ channels: 3, data: expected });
  });

  it("planes, one after the other", async () => {
    const samples = ramp(60);
    const strips = { 273: [8, 28, 48], 279: [20, 20, 20] }; // behind the header
    const tags = { 258: [8, 8, 8], 262: 2, 277: 3, 284: 2, ...strips };
    const expected = Array.from(samples, (_, i) => samples[(i % 3) * 20 + Math.floor(i / 3)]);
    expect(await decodedTiff(tiffPage([5, 4], tags, samples))).toMatchObject({ data: expected });
  });

  it("subsampled YCbCr", async () => {
    const page = tiffPage(
      [2, 2],
      { 258: [8, 8, 8], 262: 6, 277: 3, 530: [2, 2] },
      Uint8Array.of(50, 50, 50, 50, 90, 200),
    );
    const { channels, data } = await decodedTiff(page);
    expect(channels).toBe(3);
    // By ITU-R BT.601: 50 + 1.402 · 72, 50 − 0.344 · (−38) − 0.714 · 72, 50 + 1.772 · (−38)
    for (const [i, value] of [151, 12, 0].entries()) {
      expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(1);
    }
  });
});

describe("a page", () => {
  const thumbnail = tiffPage([2, 2], { 254: 1 });
  const full = tiffPage([5, 4], {}, ramp(20));

  it("behind a thumbnail is the picture", async () => {
    const { raster, metadata } = await decodeImage(makeTiff([thumbnail, full]));
    expect(raster).toMatchObject({ width: 5, height: 4, data: ramp(20) });
    expect(metadata.notes).toEqual([
      "The file has 2 pictures; number 2, the first that is no thumbnail, was read.",
    ]);
  });

  it("behind a thumbnail is turned by its own orientation", async () => {
    const turned = { ...full, tags: { ...full.tags, 274: 6 } };
    const { raster } = await decodeImage(makeTiff([thumbnail, turned]));
    expect(raster).toMatchObject({ width: 4, height: 5 });
    expect(raster.data[0]).toBe(ramp(20)[15]);
  });

  it("above the limit is refused by its own size", async () => {
    const call = () => decodeImage(makeTiff([thumbnail, full]), { maxPixels: 10 });
    expect((await rejectionOf(call)).message).toMatch(/5x4 = 20 pixels/);
  });
});

describe("errors", () => {
  it.each([
    ["its last byte", 1],
    ["half of it", 1000],
  ])("an uncompressed TIFF without %s", async (_, missing) => {
    const pixelsAtTheEnd = makeTiff([
      { tags: { ...tiffPage([50, 40]).tags, 273: 1000, 279: 2000 } },
    ]);
    const file = Buffer.concat([
      pixelsAtTheEnd,
      Buffer.alloc(1000 - pixelsAtTheEnd.length),
      ramp(2000),
    ]);
    expect((await decodeImage(file)).raster.width).toBe(50);
    const error = await rejectionOf(() =>
      decodeImage(file.subarray(0, file.length - missing), { name: "x.tif" }),
    );
    expect(error).toMatchObject({
      code: "INPUT_CORRUPT",
      message: "x.tif: the TIFF is truncated or damaged; use an undamaged copy",
    });
  });

  it("a TIFF that ends before its directory", async () => {
    const file = makeTiff([tiffPage([50, 40])]).subarray(0, 1500);
    expect(await rejectionOf(() => decodeImage(file, { name: "x.tif" }))).toMatchObject({
      code: "INPUT_CORRUPT",
      message:
        "x.tif: the TIFF is truncated or damaged: its directory is not within its 1500 bytes; " +
        "use an undamaged copy",
    });
  });

  it.each([
    ["JPEG 2000", 34712],
    ["old-style JPEG", 6],
    ["number 34676", 34676],
  ])("a compression that libtiff has not: %s", async (compression, number) => {
    const file = makeTiff([tiffPage([5, 4], { 258: [8, 8, 8], 259: number, 262: 2, 277: 3 })]);
    expect(await rejectionOf(() => decodeImage(file, { name: "x.tif" }))).toMatchObject({
      code: "INPUT_UNSUPPORTED",
      message:
        `x.tif: TIFF with compression ${compression} is not decoded by the sharp that is installed; ` +
        "save it with LZW, deflate or none",
    });
  });

  it("their texts are ours", async () => {
    const webp = (await rich("webp")).subarray(0, 100);
    const avif = (await rich("avif")).subarray(0, 100);
    const heif = Buffer.from("\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "latin1");
    for (const [file, format] of [
      [webp, "WebP"],
      [avif, "AVIF"],
      [heif, "HEIF"],
    ] as const) {
      expect(await rejectionOf(() => decodeImage(file, { name: "x" }))).toMatchObject({
        code: "INPUT_CORRUPT",
        message: `x: the ${format} is truncated or damaged; use an undamaged copy`,
      });
    }
  });
});
