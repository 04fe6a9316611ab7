/** Metadata beyond the table of docs/formats.md: left out with a note, or made to hurt. */

import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodeImage } from "../../src/io/encodeImage.ts";
import { OUTPUT_FORMATS } from "../../src/io/formats.ts";
import { exifDensity, exifOrientation, uprightExif } from "../../src/io/metadata/exif.ts";
import type { Density, Metadata } from "../../src/io/metadata/Metadata.ts";
import { normaliseMetadata } from "../../src/io/metadata/normaliseMetadata.ts";
import { makePng, pngChunk, readFixture } from "./fixtures.ts";
import {
  COPYRIGHT,
  chunksOf,
  GPS_POSITION,
  greyProfile,
  rewritten,
  rich,
  segmentsOf,
  withChunks,
  withSegments,
} from "./richPictures.ts";

const info = (file: Buffer) => sharp(file).metadata();
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** An ICC profile for RGB, with `size` bytes. */
function profile(size: number, space = "RGB "): Buffer {
  const icc = Buffer.alloc(size, 7);
  icc.writeUInt32BE(size, 0);
  icc.write(space, 16, "latin1");
  icc.write("acsp", 36, "latin1");
  return icc;
}

function iccSegments(icc: Buffer, partBytes: number): [number, Buffer][] {
  const count = Math.ceil(icc.length / partBytes);
  return Array.from({ length: count }, (_, i) => [
    0xe2,
    Buffer.concat([
      latin1("ICC_PROFILE\0"),
      Buffer.of(i + 1, count),
      icc.subarray(i * partBytes, (i + 1) * partBytes),
    ]),
  ]);
}

describe("strip", () => {
  it.each(["png", "jpeg", "webp"] as const)(
    "%s keeps profile and density alone",
    async (format) => {
      const result = await rewritten(await rich(format), format, { strip: true });
      const { icc, density, exif, xmp } = await info(result);
      expect(icc).toEqual((await info(await rich(format))).icc);
      // libvips writes the density of a WebP as an EXIF block of its own.
      if (format !== "webp") expect([density, exif]).toEqual([300, undefined]);
      expect(xmp).toBeUndefined();
      expect(result.includes(GPS_POSITION)).toBe(false);
      expect(result.includes(COPYRIGHT)).toBe(false);
    },
  );

  it("takes comments and IPTC along, and leaves gamma", async () => {
    const png = withChunks(
      await rich("png"),
      ["gAMA", Buffer.from("0000b18f", "hex")],
      ["tEXt", latin1("Author\0somebody")],
    );
    const types = chunksOf(await rewritten(png, "png", { strip: true })).map(([type]) => type);
    expect(types).toContain("gAMA");
    expect(types).not.toContain("tEXt");
    const jpeg = withSegments(
      await rich("jpeg"),
      [0xfe, latin1("somebody")],
      [0xed, latin1("Photoshop 3.0\0somebody")],
    );
    expect((await rewritten(jpeg, "jpeg")).includes("somebody")).toBe(true);
    expect((await rewritten(jpeg, "jpeg", { strip: true })).includes("somebody")).toBe(false);
  });
});

describe("density", () => {
  const forDensity = (density: Density): Metadata => normaliseMetadata({ density }, 1, false);

  it.each([
    { x: 1, y: 65535, unit: "aspect" },
    { x: 1, y: 2.58e6, unit: "metre" },
    { x: 0.03, y: 65535, unit: "inch" },
  ] as const)("of $x by $y a $unit is kept, and can be written", async (density) => {
    const metadata = forDensity(density);
    expect(metadata).toMatchObject({ density, notes: [] });
    const raster = {
      width: 1,
      height: 1,
      channels: 1,
      bitDepth: 8,
      data: new Uint8Array(1),
    } as const;
    for (const format of OUTPUT_FORMATS) {
      expect((await encodeImage(raster, format, { metadata })).length).toBeGreaterThan(0);
    }
  });

  // The fuzzer found one of 1.8 thousand million an inch, which overflowed PNG's pHYs.
  it.each([
    { x: 1.8e9, y: 1, unit: "inch" },
    { x: 1, y: 2.59e6, unit: "metre" },
    { x: 300, y: 0.01, unit: "inch" },
    { x: 0.5, y: 1, unit: "aspect" },
    { x: 65536, y: 1, unit: "aspect" },
  ] as const)("of $x by $y a $unit is left out and said", (density) => {
    const { density: left, notes } = forDensity(density);
    expect(left).toBeUndefined();
    expect(notes).toEqual([
      `A density of ${density.x} by ${density.y} is none that a picture has; it is left out.`,
    ]);
  });
});

describe("EXIF", () => {
  /** A block with orientation, density, a pointer to width and height, and a thumbnail's directory. */
  function block(little: boolean): Buffer {
    const entries = (list: [tag: number, type: number, value: number][], next: number): Buffer => {
      const out = Buffer.alloc(2 + list.length * 12 + 4);
      const view = new DataView(out.buffer, out.byteOffset);
      view.setUint16(0, list.length, little);
      list.forEach(([tag, type, value], i) => {
        view.setUint16(2 + i * 12, tag, little);
        view.setUint16(4 + i * 12, type, little);
        view.setUint32(6 + i * 12, 1, little);
        if (type === 3) view.setUint16(10 + i * 12, value, little);
        else view.setUint32(10 + i * 12, value, little);
      });
      view.setUint32(out.length - 4, next, little);
      return out;
    };
    const header = Buffer.alloc(8);
    const view = new DataView(header.buffer, header.byteOffset);
    header.write(little ? "II" : "MM", "latin1");
    view.setUint16(2, 42, little);
    view.setUint32(4, 8, little);
    const first = 2 + 5 * 12 + 4;
    const second = 2 + 2 * 12 + 4;
    const fraction = Buffer.alloc(8);
    new DataView(fraction.buffer, fraction.byteOffset).setUint32(0, 600, little);
    new DataView(fraction.buffer, fraction.byteOffset).setUint32(4, 2, little);
    const at = 8 + first + second;
    return Buffer.concat([
      header,
      entries(
        [
          [0x0112, 3, 6],
          [0x011a, 5, at],
          [0x011b, 5, at],
          [0x0128, 3, 2],
          [0x8769, 4, 8 + first],
        ],
        at + 8,
      ),
      entries(
        [
          [0xa002, 4, 4000],
          [0xa003, 3, 3000],
        ],
        0,
      ),
      fraction,
      latin1("thumbnail"),
    ]);
  }

  it.each([true, false])("is made for upright pixels, little-endian %s", (little) => {
    const tiff = block(little);
    const before = Buffer.from(tiff);
    const upright = uprightExif(tiff, 6)!;
    expect(tiff).toEqual(before);
    expect(upright.length).toBe(tiff.length);
    expect([exifOrientation(tiff), exifOrientation(upright)]).toEqual([6, 1]);
    expect(exifDensity(upright)).toEqual({ x: 300, y: 300, unit: "inch" });
    const view = new DataView(upright.buffer);
    expect(view.getUint32(8 + 2 + 5 * 12, little)).toBe(0); // no thumbnail
    const sides = 8 + 2 + 5 * 12 + 4 + 2;
    // Type and value of the width are the height's now, and the other way round.
    expect([view.getUint16(sides + 2, little), view.getUint16(sides + 8, little)]).toEqual([
      3, 3000,
    ]);
    expect([view.getUint16(sides + 14, little), view.getUint32(sides + 20, little)]).toEqual([
      4, 4000,
    ]);
  });

  it("has an orientation of any integer type, whatever its count", () => {
    for (const little of [true, false]) {
      for (const [type, count] of [1, 3, 4].flatMap((type) =>
        [0, 1, 2, 70_000].map((n) => [type, n]),
      )) {
        const tiff = block(little);
        const view = new DataView(tiff.buffer, tiff.byteOffset);
        view.setUint16(12, type!, little);
        view.setUint32(14, count!, little);
        view.setUint32(18, 0, little);
        if (type === 1) view.setUint8(18, 8);
        else if (type === 3) view.setUint16(18, 8, little);
        else view.setUint32(18, 8, little);
        expect(exifOrientation(tiff)).toBe(8);
        const upright = uprightExif(tiff, 8)!;
        expect(exifOrientation(upright)).toBe(1);
        expect([...upright.subarray(12, 22)]).toEqual(
          little ? [3, 0, 1, 0, 0, 0, 1, 0, 0, 0] : [0, 3, 0, 0, 0, 1, 0, 1, 0, 0],
        );
      }
    }
  });

  it.each([
    ["text", 2, "6\0\0\0"],
    ["no orientation", 3, "\0\0\0\0"],
    ["none that there is", 3, "\x09\0\0\0"],
  ] as const)("keeps an orientation that is %s, by which nothing was turned", (_, type, value) => {
    const tiff = block(true);
    const view = new DataView(tiff.buffer, tiff.byteOffset);
    view.setUint16(12, type, true);
    tiff.set(latin1(value), 18);
    expect(exifOrientation(tiff)).toBe(1);
    expect([...uprightExif(tiff, 1)!.subarray(10, 22)]).toEqual([...tiff.subarray(10, 22)]);
  });

  it("has the entries that are there where it claims more than it can hold", () => {
    for (const little of [true, false]) {
      const claimed = [40, 5000, 65_535];
      for (const count of claimed) {
        const tiff = block(little);
        const view = new DataView(tiff.buffer, tiff.byteOffset);
        view.setUint16(8, count, little);
        expect(exifOrientation(tiff)).toBe(6);
        const upright = uprightExif(tiff, 6)!;
        expect(exifOrientation(upright)).toBe(1);
        // The five that there are, so that no reader takes other bytes for some.
        expect(new DataView(upright.buffer).getUint16(8, little)).toBe(5);
      }
      // Nothing but one entry.
      const short = new Uint8Array(block(little).subarray(0, 22));
      new DataView(short.buffer).setUint16(8, 40, little);
      expect(exifOrientation(short)).toBe(6);
      expect(exifOrientation(uprightExif(short, 6)!)).toBe(1);
    }
  });

  it("keeps the sides where the pixels keep theirs", () => {
    const tiff = block(true);
    const upright = Buffer.from(uprightExif(tiff, 3)!);
    const sides = 8 + 2 + 5 * 12 + 4;
    expect(upright.subarray(sides)).toEqual(tiff.subarray(sides));
  });

  it("that is damaged is left out with a note", async () => {
    const png = makePng({ extra: [pngChunk("eXIf", latin1("II*\0\xff\xff\xff\xff"))] });
    const { metadata } = await decodeImage(png);
    expect(metadata.exif).toBeUndefined();
    expect(metadata.notes).toEqual(["The EXIF block is damaged; it is left out."]);
  });

  it("of more than 64 kB has no place in a JPEG", async () => {
    const big = Buffer.concat([block(true), Buffer.alloc(70000)]);
    const png = makePng({ extra: [pngChunk("eXIf", big)] });
    const jpeg = await rewritten(png, "jpeg");
    expect(segmentsOf(jpeg).some(([marker]) => marker === 0xe1)).toBe(false);
    expect((await info(await rewritten(png, "png"))).exif?.length).toBe(big.length);
  });
});

describe("an ICC profile", () => {
  it("of several segments comes in order, and goes out in several", async () => {
    const icc = profile(150_000);
    const parts = iccSegments(icc, 60_000);
    const jpeg = withSegments(await rich("jpeg", { metadata: false }), ...[...parts].reverse());
    const result = await rewritten(jpeg, "jpeg");
    expect(segmentsOf(result).filter(([marker]) => marker === 0xe2).length).toBe(3);
    expect((await info(result)).icc).toEqual(icc); // libjpeg's reading
    expect((await decodeImage(await rewritten(jpeg, "png"))).metadata.icc).toEqual(
      new Uint8Array(icc),
    );
  });

  it.each([
    ["a gap", (parts: [number, Buffer][]) => parts.filter((_, i) => i !== 1)],
    ["a part twice", (parts: [number, Buffer][]) => [parts[0]!, parts[0]!, parts[2]!]],
    [
      "counts that differ",
      (parts: [number, Buffer][]) => {
        parts[1]![1][13] = 9;
        return parts;
      },
    ],
    [
      "a part of number 0",
      (parts: [number, Buffer][]) => {
        parts[0]![1][12] = 0;
        return parts;
      },
    ],
  ])("with %s is left out with a note", async (_, damage) => {
    const parts = damage(iccSegments(profile(300), 100));
    const jpeg = withSegments(await rich("jpeg", { metadata: false }), ...parts);
    const { metadata } = await decodeImage(jpeg);
    expect(metadata.icc).toBeUndefined();
    expect(metadata.notes).toEqual(["The ICC profile's parts are not complete; it is left out."]);
  });

  it.each([
    ["CMYK", profile(300, "CMYK")],
    ["damaged", profile(300).subarray(0, 200)],
    ["damaged", Buffer.alloc(300)],
    ["GRAY", profile(300, "GRAY")],
  ])("that is %s is left out of an RGB picture with a note", async (what, icc) => {
    const iccp = Buffer.concat([latin1("x\0\0"), deflateSync(icc)]);
    const { metadata } = await decodeImage(makePng({ extra: [pngChunk("iCCP", iccp)] }));
    expect(metadata.icc).toBeUndefined();
    expect(metadata.notes).toEqual([expect.stringContaining(what)]);
  });

  it("for grey stays with grey, and one for RGB is not put into a grey PNG", async () => {
    const grey = await rich("jpeg", { channels: 1, metadata: false });
    const right = withSegments(grey, ...iccSegments(greyProfile(), 1000));
    expect((await info(await rewritten(right, "png"))).icc).toEqual(greyProfile());
    expect((await info(await rewritten(right, "jpeg"))).icc).toEqual(greyProfile());
    expect((await info(await rewritten(right, "webp"))).icc).toBeUndefined(); // RGB by then
    const odd = withSegments(grey, ...iccSegments(profile(300), 1000));
    expect((await info(await rewritten(odd, "png"))).icc).toBeUndefined();
    expect((await info(await rewritten(odd, "jpeg"))).icc).toEqual(profile(300));
  });

  it("for CMYK does not follow the picture into RGB", async () => {
    const cmyk = withSegments(readFixture("cmyk.jpg"), ...iccSegments(profile(300, "CMYK"), 1000));
    const { metadata, raster } = await decodeImage(cmyk);
    expect(raster.channels).toBe(3);
    expect(metadata.icc).toBeUndefined();
    expect(metadata.notes).toEqual([expect.stringMatching(/was CMYK and is now RGB/)]);
  });
});

describe("a JPEG's quality", () => {
  // The names and qualities that tools/parity/images.py asked libjpeg for.
  it.each([
    ["quality100.jpg", 100],
    ["rgb-adobe0.jpg", 95],
    ["baseline-420.jpg", 90],
    ["progressive-444.jpg", 90],
  ])("of %s is %i", async (file, quality) => {
    expect((await decodeImage(readFixture(file))).metadata.quality).toBe(quality);
  });

  it.each([1, 10, 49, 50, 75, 93])("of libjpeg's table for %i is exact", async (quality) => {
    const raster = {
      width: 8,
      height: 8,
      channels: 1,
      bitDepth: 8,
      data: new Uint8Array(64),
    } as const;
    const file = await encodeImage(raster, "jpeg", { quality });
    expect((await decodeImage(file)).metadata.quality).toBe(quality);
  });

  it("is not lowered by default, nor below 92", async () => {
    const qualityOf = async (file: string, quality?: number) =>
      (await decodeImage(await rewritten(readFixture(file), "jpeg", { quality }))).metadata.quality;
    expect(await qualityOf("rgb-adobe0.jpg")).toBe(95);
    expect(await qualityOf("baseline-420.jpg")).toBe(92);
    expect(await qualityOf("rgb-adobe0.jpg", 30)).toBe(30);
  });
});

describe("hostile metadata", () => {
  const bomb = deflateSync(Buffer.alloc(2 ** 26, 65)); // 64 MB in 65 kB

  it.each([
    ["iCCP", Buffer.concat([latin1("x\0\0"), bomb])],
    ["zTXt", Buffer.concat([latin1("Comment\0\0"), bomb])],
    ["iTXt", Buffer.concat([latin1("Comment\0\x01\0\0\0"), bomb])],
    ["iTXt", Buffer.concat([latin1("XML:com.adobe.xmp\0\x01\0\0\0"), bomb])],
    ["tEXt", Buffer.concat([latin1("Comment\0"), Buffer.alloc(2 ** 21, 65)])],
    ["zTXt", latin1("Comment\0\0no deflate")],
    ["iTXt", latin1("Comment\0\0\0de")],
    ["iCCP", latin1("\0\0")],
    ["tEXt", Buffer.alloc(100, 65)], // no end of the keyword
  ])("%s that is damaged or too large is left out with a note", async (type, content) => {
    const { metadata } = await decodeImage(makePng({ extra: [pngChunk(type, content)] }));
    expect(metadata.notes).toEqual([`A ${type} chunk is damaged or too large; it is left out.`]);
    expect(metadata.comments).toEqual([]);
    expect([metadata.icc, metadata.xmp]).toEqual([undefined, undefined]);
  });

  it("texts have one limit together", async () => {
    const megabyte = deflateSync(Buffer.alloc(600_000, 65));
    const text = pngChunk("zTXt", Buffer.concat([latin1("Comment\0\0"), megabyte]));
    const { metadata } = await decodeImage(makePng({ extra: [text, text, text] }));
    expect(metadata.comments?.length).toBe(1);
  });

  it("100,000 chunks and segments", async () => {
    const extra = [Buffer.concat(Array(100_000).fill(pngChunk("tEXt", latin1("a\0b"))))];
    expect((await decodeImage(makePng({ extra }))).metadata.comments?.length).toBe(1000);
    const segment = Buffer.from([0xff, 0xfe, 0, 3, 65]);
    const jpeg = readFixture("baseline-444.jpg");
    const many = Buffer.concat([
      jpeg.subarray(0, 2),
      Buffer.alloc(500_000, segment),
      jpeg.subarray(2),
    ]);
    expect((await decodeImage(many)).metadata.comments?.length).toBe(1000);
  });

  it("a colour chunk of the wrong size, one with a wrong checksum", async () => {
    const short = makePng({ extra: [pngChunk("gAMA", Buffer.alloc(3))] });
    const { metadata } = await decodeImage(short);
    expect(metadata.colour).toEqual({});
    expect(metadata.notes).toEqual(["The gAMA chunk is damaged; it is left out."]);
    const chunk = pngChunk("gAMA", Buffer.from("0000b18f", "hex"));
    chunk[chunk.length - 1] = chunk.at(-1)! ^ 1;
    expect((await decodeImage(makePng({ extra: [chunk] }))).metadata.colour).toEqual({});
  });

  it("comments that are no UTF-8 are Latin-1, and lose the zeros at their end", async () => {
    const jpeg = readFixture("baseline-444.jpg");
    const two = withSegments(jpeg, [0xfe, latin1("caf\xe9\0\0")], [0xfe, Buffer.from("café")]);
    expect((await decodeImage(two)).metadata.comments).toEqual([
      { keyword: "Comment", text: "café" },
      { keyword: "Comment", text: "café" },
    ]);
  });

  it("further pictures and extended XMP are left out with notes", async () => {
    const jpeg = withSegments(
      readFixture("baseline-444.jpg"),
      [0xe2, latin1("MPF\0MM\0*")],
      [0xe1, latin1("http://ns.adobe.com/xmp/extension/\0guid")],
    );
    expect((await decodeImage(jpeg)).metadata.notes?.length).toBe(2);
  });
});
