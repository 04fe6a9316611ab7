/** Chunks of metadata as other programs write them, and damaged ones. */
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import type { Metadata } from "../../../src/io/metadata/Metadata.ts";
import { pngChunk } from "../fixtures.ts";
import { greyProfile, XMP } from "../richPictures.ts";
import { drawPng, expectedRaster, type Oddities, pngFile, spoilt } from "./drawnPng.ts";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const drawn = drawPng(0, 8, false, [3, 2]);
const upright = expectedRaster(drawn);
const pixels = drawn.pixels.flat();
/** Turned a quarter clockwise, as orientation 6 asks for. */
const turned = {
  ...{ ...upright, width: 2, height: 3 },
  data: Uint8Array.from([3, 0, 4, 1, 5, 2].map((at) => pixels[at]!)),
};

/** An EXIF block with an orientation only. */
function exifBlock(orientation: number): Buffer {
  const block = Buffer.from("4d4d002a000000080001011200030000000100000000" + "00000000", "hex");
  block.writeUInt16BE(orientation, 18);
  return block;
}
const exif = exifBlock(6);
const prefixed = Buffer.concat([latin1("Exif\0\0"), exif]);

/** A chunk as ImageMagick writes one. */
function rawProfile(type: string, content: Uint8Array, chunk: "tEXt" | "zTXt" = "zTXt"): Buffer {
  const lines =
    Buffer.from(content)
      .toString("hex")
      .match(/.{1,72}/g) ?? [];
  const text = latin1(`\n${type}\n${String(content.length).padStart(8)}\n${lines.join("\n")}\n`);
  const keyword = latin1(`Raw profile type ${type}\0`);
  const rest = chunk === "tEXt" ? [text] : [Buffer.of(0), deflateSync(text)];
  return pngChunk(chunk, Buffer.concat([keyword, ...rest]));
}

const decoded = (odd: Oddities) => decodeImage(pngFile(drawn, odd));
const metadataOf = async (...before: Uint8Array[]): Promise<Metadata> =>
  (await decoded({ before })).metadata;

describe("orientation", () => {
  it.each([
    ["eXIf", [pngChunk("eXIf", exif)]],
    ["eXIf with a JPEG's signature", [pngChunk("eXIf", prefixed)]],
    ["zTXt of type exif", [rawProfile("exif", prefixed)]],
    ["tEXt of type exif", [rawProfile("exif", prefixed, "tEXt")]],
    ["type exif without signature", [rawProfile("exif", exif)]],
    ["type APP1", [rawProfile("APP1", prefixed)]],
    ["type app1 as text", [rawProfile("app1", prefixed, "tEXt")]],
    ["eXIf before the text", [rawProfile("exif", exifBlock(3)), pngChunk("eXIf", exif)]],
    ["the text beside a spoilt eXIf", [rawProfile("exif", exif), spoilt("eXIf", exifBlock(3))]],
  ])("of %s is applied, then 1", async (_, before) => {
    for (const odd of [{ before }, { after: before }]) {
      const { raster, metadata } = await decoded(odd);
      expect(raster).toEqual(turned);
      expect(metadata.exif).toEqual(new Uint8Array(exifBlock(1)));
      expect(metadata.comments).toEqual([]);
    }
  });

  it("of a damaged block or text is none, and there is a note", async () => {
    const cut = latin1("Raw profile type exif\0\nexif\n      26\n4d4d002a\n");
    for (const [chunk, note] of [
      [spoilt("eXIf", exif), "The EXIF block (chunk eXIf) has a wrong CRC; it is left out."],
      [pngChunk("eXIf", exif.subarray(2)), "The EXIF block is damaged; it is left out."],
      [pngChunk("eXIf", latin1("Exif\0\0")), "The EXIF block is damaged; it is left out."],
      [pngChunk("tEXt", cut), "A tEXt chunk is damaged or too large; it is left out."],
      [
        rawProfile("exif", Buffer.alloc(600_000)),
        "A zTXt chunk is damaged or too large; it is left out.",
      ],
    ] as const) {
      const { raster, metadata } = await decoded({ before: [chunk] });
      expect(raster).toEqual(upright);
      expect(metadata.exif).toBeUndefined();
      expect(metadata.notes).toEqual([note]);
    }
  });
});

describe("ImageMagick's metadata as text", () => {
  it("of a profile and XMP is read, unless there are chunks for it", async () => {
    const icc = greyProfile();
    const xmp = latin1(XMP);
    const asApp1 = Buffer.concat([latin1("http://ns.adobe.com/xap/1.0/\0"), xmp]);
    for (const [type, content] of [
      ["xmp", xmp],
      ["APP1", asApp1],
    ] as const) {
      const metadata = await metadataOf(rawProfile("icc", icc), rawProfile(type, content));
      expect(Buffer.from(metadata.icc ?? [])).toEqual(icc);
      expect(Buffer.from(metadata.xmp ?? [])).toEqual(xmp);
      expect(metadata.notes).toEqual([]);
    }
    const itxt = pngChunk("iTXt", latin1("XML:com.adobe.xmp\0\0\0\0\0<own/>"));
    const own = await metadataOf(rawProfile("xmp", xmp), itxt);
    expect(Buffer.from(own.xmp ?? []).toString()).toBe("<own/>");
  });

  it("of other kinds is left out with a note", async () => {
    const metadata = await metadataOf(rawProfile("iptc", Buffer.of(28, 2, 0)));
    expect(metadata.comments).toEqual([]);
    expect(metadata.notes).toEqual([
      '"Raw profile type iptc", metadata written as text, is left out.',
    ]);
  });
});

const GOOD: readonly (readonly [type: string, content: Buffer])[] = [
  ["cICP", Buffer.of(1, 13, 0, 1)],
  ["sRGB", Buffer.of(0)],
  ["gAMA", Buffer.of(0, 0, 177, 143)],
  ["cHRM", Buffer.alloc(32, 1)],
  ["iCCP", Buffer.concat([latin1("grey\0\0"), deflateSync(greyProfile())])],
  ["eXIf", exif],
  ["pHYs", Buffer.of(0, 0, 11, 19, 0, 0, 11, 19, 1)],
  ["tEXt", latin1("Author\0somebody")],
  ["zTXt", Buffer.concat([latin1("Title\0\0"), deflateSync(latin1("a title"))])],
  ["iTXt", latin1("Comment\0\0\0\0\0a comment")],
];

describe("a chunk", () => {
  const carried = ({ icc, colour, density, exif, comments }: Metadata) =>
    [icc, density, exif, ...Object.values(colour ?? {}), ...(comments ?? [])].filter(Boolean)
      .length;

  it.each(GOOD)("%s with a wrong CRC is left out with a note", async (type, content) => {
    const { raster, metadata } = await decoded({ before: [spoilt(type, content)] });
    expect(raster).toEqual(upright);
    expect(carried(metadata)).toBe(0);
    expect(metadata.notes).toEqual([
      expect.stringMatching(`^[A-Z].* \\(chunk ${type}\\) has a wrong CRC; it is left out.$`),
    ]);
  });

  it.each(GOOD)("%s of which there are two is the first", async (type, content) => {
    const one = await metadataOf(pngChunk(type, content));
    expect(carried(one)).toBe(1);
    if (["tEXt", "zTXt", "iTXt"].includes(type)) return;
    const other = Buffer.alloc(content.length, 1);
    expect(await metadataOf(pngChunk(type, content), pngChunk(type, other))).toEqual(one);
    expect(await metadataOf(spoilt(type, other), pngChunk(type, content))).toMatchObject({
      ...one,
      notes: [expect.stringContaining("wrong CRC")],
    });
  });

  it.each(GOOD)(
    "%s after the pixels: of colour not, else as before them",
    async (type, content) => {
      const { metadata } = await decoded({ after: [pngChunk(type, content)] });
      if (GOOD.findIndex(([other]) => other === type) > 4) {
        expect(metadata).toEqual(await metadataOf(pngChunk(type, content)));
        return;
      }
      expect(carried(metadata)).toBe(0);
      expect(metadata.notes).toEqual([
        expect.stringMatching(`\\(chunk ${type}\\) comes after the pixels; it is left out.$`),
      ]);
    },
  );

  it("that is not read may have any CRC", async () => {
    const { metadata } = await decoded({ before: [spoilt("tIME", Buffer.alloc(7))] });
    expect(metadata.notes).toEqual([]);
  });
});
