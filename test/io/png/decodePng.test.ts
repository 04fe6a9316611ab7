/** PNGs of every kind, whole and with the faults that libpng, Pillow and sharp read over. */
import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { bySharp } from "../bySharp.ts";
import { bytesOf, pngChunk, random, rejectionOf } from "../fixtures.ts";
import { type DrawnPng, drawPng, expectedRaster, KINDS, pngFile, spoilt } from "./drawnPng.ts";

const SIZES = [
  [1, 1],
  [2, 1],
  [1, 6],
  [5, 3],
  [8, 8],
  [33, 17],
] as const;

const EVERY = KINDS.flatMap(([colour, depth]) => [
  { colour, depth, interlaced: false },
  { colour, depth, interlaced: true },
]);

const notesOf = async (file: Uint8Array) => (await decodeImage(file)).metadata.notes ?? [];
const rasterOf = async (file: Uint8Array) => (await decodeImage(file)).raster;
const corrupt = (message: RegExp) => ({
  code: "INPUT_CORRUPT",
  message: expect.stringMatching(message),
});
const refusalOf = (file: Uint8Array) => rejectionOf(() => decodeImage(file, { name: "x.png" }));

describe.each(EVERY)(
  "colour type $colour, $depth bits, interlaced $interlaced",
  ({ colour, depth, interlaced }) => {
    const drawn = drawPng(colour, depth, interlaced);
    const deflated = deflateSync(drawn.raw);
    const right = expectedRaster(drawn);

    it("of several sizes", async () => {
      for (const size of SIZES) {
        const sized = drawPng(colour, depth, interlaced, size);
        const { raster, metadata } = await decodeImage(pngFile(sized));
        expect(raster, String(size)).toEqual(expectedRaster(sized));
        expect(metadata.notes).toEqual([]);
      }
    });

    it("with IDAT in pieces, empty ones among them", async () => {
      const idat = [...deflated].map((byte) => pngChunk("IDAT", Buffer.of(byte)));
      const empty = pngChunk("IDAT", Buffer.alloc(0));
      expect(await rasterOf(pngFile(drawn, { idat: [empty, ...idat, empty] }))).toEqual(right);
    });

    it("with bytes after the deflate stream", async () => {
      for (const trail of [
        Buffer.of(0),
        Buffer.from("\0\0\0\0trailing"),
        Buffer.alloc(100_000, 7),
      ]) {
        const idat = [pngChunk("IDAT", Buffer.concat([deflated, trail]))];
        expect(await rasterOf(pngFile(drawn, { idat }))).toEqual(right);
        const apart = [pngChunk("IDAT", deflated), pngChunk("IDAT", trail)];
        expect(await rasterOf(pngFile(drawn, { idat: apart }))).toEqual(right);
      }
    });

    it("with more scanlines than rows, and a note", async () => {
      const row = Math.ceil((drawn.width * drawn.pixels[0]!.length * depth) / 8) + 1;
      for (const surplus of [1, row, 7 * row, drawn.raw.length]) {
        const raw = Buffer.concat([drawn.raw, Buffer.alloc(surplus, 99)]);
        const file = pngFile(drawn, { idat: [pngChunk("IDAT", deflateSync(raw))] });
        expect(await rasterOf(file)).toEqual(right);
        expect(await notesOf(file)).toEqual([
          expect.stringMatching(`has ${surplus} bytes of pixels`),
        ]);
      }
    });

    it("not with fewer", async () => {
      for (const missing of [1, drawn.raw.length - 1, drawn.raw.length]) {
        const raw = drawn.raw.subarray(0, -missing);
        const error = await refusalOf(
          pngFile(drawn, { idat: [pngChunk("IDAT", deflateSync(raw))] }),
        );
        expect(error).toMatchObject(
          corrupt(/x\.png: PNG has \d+ bytes of scanlines, expected \d+/),
        );
      }
    });

    it("without IEND, wherever it is cut, and a note", async () => {
      const file = pngFile(drawn);
      for (let cut = 1; cut <= 12; cut++) {
        const short = file.subarray(0, -cut);
        expect(await rasterOf(short)).toEqual(right);
        expect(await notesOf(short)).toEqual([expect.stringContaining("damaged after its pixels")]);
      }
      // The CRC of IDAT is cut: zlib's own checksum is there.
      expect(await rasterOf(file.subarray(0, -14))).toEqual(right);
      // A text is cut, or there is something that is no chunk.
      for (const iend of [pngChunk("tEXt", Buffer.alloc(50)).subarray(0, 30), Buffer.alloc(64)]) {
        expect(await rasterOf(pngFile(drawn, { iend }))).toEqual(right);
      }
    });

    it("not when it is cut before", async () => {
      const file = pngFile(drawn);
      // 12 bytes of IEND, 4 of IDAT's CRC, 4 of Adler-32
      for (let cut = 17; cut < file.length - 8; cut += 1 + Math.floor(cut / 10)) {
        expect(await refusalOf(file.subarray(0, -cut))).toMatchObject(
          corrupt(/truncated|cannot hold/),
        );
      }
    });

    it("not with damaged pixels", async () => {
      const wrong = Buffer.from(deflated);
      wrong[wrong.length - 1]! ^= 1;
      expect(await refusalOf(pngFile(drawn, { idat: [pngChunk("IDAT", wrong)] }))).toMatchObject(
        corrupt(/PNG pixels do not match their checksum \(Adler-32\)/),
      );
      expect(await refusalOf(pngFile(drawn, { idat: [spoilt("IDAT", deflated)] }))).toMatchObject(
        corrupt(/chunk IDAT at byte \d+ has a wrong CRC/),
      );
      const raw = Buffer.from(drawn.raw);
      raw[0] = 5;
      const filter = pngFile(drawn, { idat: [pngChunk("IDAT", deflateSync(raw))] });
      expect(await refusalOf(filter)).toMatchObject(
        corrupt(/a scanline of filter 5, expected 0-4/),
      );
      const none = pngFile(drawn, { idat: [pngChunk("IDAT", Buffer.alloc(deflated.length, 1))] });
      expect(await refusalOf(none)).toMatchObject(corrupt(/compressed wrongly/));
    });

    it("with tRNS", async () => {
      for (const { content, alphaOf } of goodTransparency(drawn)) {
        const file = pngFile(drawn, { before: [pngChunk("tRNS", content)] });
        expect(await rasterOf(file)).toEqual(expectedRaster(drawn, alphaOf));
        expect(await notesOf(file)).toEqual([]);
        const twice = [pngChunk("tRNS", content), pngChunk("tRNS", Buffer.alloc(content.length))];
        expect(await rasterOf(pngFile(drawn, { before: twice }))).toEqual(
          expectedRaster(drawn, alphaOf),
        );
      }
    });

    it("with a tRNS of no meaning, left out with a note", async () => {
      const [good] = goodTransparency(drawn);
      const content = good?.content ?? Buffer.alloc(2);
      const lengths = colour === 3 ? [0] : [0, 1, 2, 3, 5, 6, 7, 256];
      const odd = [
        ...lengths
          .filter((length) => good === undefined || length !== content.length)
          .map((length) => ({ before: [pngChunk("tRNS", Buffer.alloc(length))] })),
        { before: [spoilt("tRNS", content)] },
        { after: [pngChunk("tRNS", content)] },
        ...(colour === 3 ? [{ plte: [pngChunk("tRNS", content), ...drawn.plte] }] : []),
      ];
      for (const oddities of odd) {
        const file = pngFile(drawn, oddities);
        expect(await rasterOf(file)).toEqual(right);
        expect(await notesOf(file)).toEqual([
          expect.stringMatching(/^The transparency \(chunk tRNS\) .*; it is left out\.$/),
        ]);
      }
    });
  },
);

/** Chunks that make pixels transparent, with the alpha that each pixel is to have. */
function goodTransparency({ colourType, bitDepth, pixels, palette }: DrawnPng) {
  const opaque = bitDepth === 16 ? 65535 : 255;
  const key = pixels[Math.floor(pixels.length / 2)]!;
  const isKey = (pixel: readonly number[]) => pixel.every((value, at) => value === key[at]);
  if (colourType === 0 || colourType === 2) {
    const alphaOf = (pixel: readonly number[]) => (isKey(pixel) ? 0 : opaque);
    // The bits above the depth do not count.
    return [0, 0xffff].map((above) => {
      const content = Buffer.alloc(key.length * 2);
      key.forEach((value, at) => {
        content.writeUInt16BE(((above << bitDepth) | value) & 0xffff, at * 2);
      });
      return { content, alphaOf };
    });
  }
  if (colourType !== 3) return [];
  const alphas = Buffer.from(Array.from({ length: 256 }, (_, at) => (at * 37 + 5) & 255));
  return [1, palette.length - 1, palette.length, palette.length + 1, 256].map((length) => ({
    content: alphas.subarray(0, length),
    alphaOf: ([index = 0]: readonly number[]) => (index < length ? alphas[index]! : 255),
  }));
}

describe("a palette", () => {
  const drawn = drawPng(3, 8, false);
  const plte = (entries: number) =>
    pngChunk("PLTE", Buffer.from(drawn.palette.flat().slice(0, entries * 3)));

  it.each([1, 2, 4, 8])("of %i bits that is too short: black, and opaque", async (depth) => {
    for (const interlaced of [false, true]) {
      const short = drawPng(3, depth, interlaced);
      const palette = short.palette.slice(0, 2 ** depth - 1);
      const cut = { ...short, palette };
      const chunks = [pngChunk("PLTE", Buffer.from(palette.flat()))];
      expect(await rasterOf(pngFile(cut, { plte: chunks }))).toEqual(expectedRaster(cut));
      const before = [pngChunk("tRNS", Buffer.alloc(256, 9))];
      expect(await rasterOf(pngFile(cut, { plte: chunks, before }))).toEqual(
        expectedRaster(cut, ([index = 0]) => (index < palette.length ? 9 : 255)),
      );
    }
  });

  it("longer than the depth needs", async () => {
    const small = drawPng(3, 2, false);
    const palette = [...small.palette, ...drawn.palette.slice(0, 200)];
    const file = pngFile(small, { plte: [pngChunk("PLTE", Buffer.from(palette.flat()))] });
    expect(await rasterOf(file)).toEqual(expectedRaster(small));
  });

  it("missing, late, twice, spoilt, or of a wrong length is an error", async () => {
    const bytes = (length: number) => [pngChunk("PLTE", Buffer.alloc(length))];
    for (const oddities of [
      ...[[], bytes(0), bytes(4), bytes(257 * 3)].map((plte) => ({ plte })),
      { plte: [], after: drawn.plte },
      { plte: [...drawn.plte, ...drawn.plte] },
      { plte: [spoilt("PLTE", Buffer.from(drawn.palette.flat()))] },
    ]) {
      expect(await refusalOf(pngFile(drawn, oddities))).toMatchObject(
        corrupt(/palette|PLTE at byte \d+ has a wrong CRC/),
      );
    }
  });

  it("beside other pixels says nothing, even if it is damaged", async () => {
    for (const colour of [0, 2]) {
      const other = drawPng(colour, 8, false);
      for (const chunk of [
        plte(3),
        spoilt("PLTE", Buffer.alloc(3)),
        pngChunk("PLTE", Buffer.alloc(5)),
      ]) {
        expect(await rasterOf(pngFile(other, { before: [chunk] }))).toEqual(expectedRaster(other));
      }
    }
  });
});

it("surplus scanlines up to a limit", async () => {
  const drawn = drawPng(2, 8, false);
  const withSurplus = (surplus: number) => {
    const raw = Buffer.concat([drawn.raw, Buffer.alloc(surplus)]);
    return pngFile(drawn, { idat: [pngChunk("IDAT", deflateSync(raw))] });
  };
  expect(await rasterOf(withSurplus(2 ** 20))).toEqual(expectedRaster(drawn));
  expect(await refusalOf(withSurplus(2 ** 20 + 1))).toMatchObject(
    corrupt(/more than \d+ bytes of scanlines/),
  );
});

const suite = new URL("../../fixtures/pngsuite/", import.meta.url);
const suiteFiles = readdirSync(suite).filter((file) => file.endsWith(".png"));

it.each(suiteFiles)("PngSuite's %s, as sharp has it", async (name) => {
  const file = readFileSync(new URL(name, suite));
  const { raster, metadata } = await decodeImage(file);
  expect(bytesOf(raster).equals(await bySharp(file, raster))).toBe(true);
  expect(metadata.notes).toEqual([]);
});

it("random bytes for scanlines, of every filter, as sharp has them", async () => {
  const next = random(5);
  const height = 29;
  for (const [colour, depth] of KINDS.filter(([colour, depth]) => depth >= 8 && colour !== 3)) {
    const drawn = drawPng(colour, depth, false, [37, height]);
    const raw = Buffer.from(drawn.raw.map(() => next() * 256));
    for (let at = 0; at < raw.length; at += raw.length / height) raw[at] = next() * 5;
    const file = pngFile(drawn, { idat: [pngChunk("IDAT", deflateSync(raw))] });
    const raster = await rasterOf(file);
    expect(bytesOf(raster).equals(await bySharp(file, raster)), `${colour} ${depth}`).toBe(true);
  }
});
