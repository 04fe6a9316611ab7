/** The tables of docs/formats.md: each cell is observed here, on pictures that sharp has made. */

import { readFileSync } from "node:fs";
import sharp, { type Metadata } from "sharp";
import { describe, expect, it } from "vitest";
import type { OutputFormat } from "../../src/io/formats.ts";
import { readFixture } from "./fixtures.ts";
import {
  COMMENT,
  COPYRIGHT,
  chunksOf,
  GPS_POSITION,
  HEIGHT,
  pixels,
  rewritten,
  rich,
  segmentsOf,
  unchanged,
  WIDTH,
  withChunks,
  withSegments,
  XMP,
} from "./richPictures.ts";

/** A row's check: the outcome in the page's words. */
type Check = (from: OutputFormat, to: OutputFormat) => Promise<string>;

const CHECKS: Readonly<Record<string, Check>> = {
  "ICC profile": async (from, to) => {
    const before = await rich(from);
    return keptIf(same((await info(before)).icc, (await info(await rewritten(before, to))).icc));
  },
  "sRGB, gAMA, cHRM, cICP": async (from, to) => {
    const chunks: [string, Buffer][] = [
      ["cICP", Buffer.of(9, 16, 0, 1)],
      ["sRGB", Buffer.of(1)],
      ["gAMA", Buffer.from("0000b18f", "hex")],
      ["cHRM", Buffer.alloc(32, 3)],
    ];
    const before = withChunks(await rich(from, { metadata: false }), ...chunks);
    const result = await rewritten(before, to);
    const after = new Map(result[0] === 0x89 ? chunksOf(result) : []);
    return keptIf(chunks.every(([type, content]) => same(after.get(type), content)));
  },
  EXIF: async (from, to) => {
    const exif = await exifAfter(from, to);
    return keptIf(exif?.includes(COPYRIGHT) === true);
  },
  "GPS position": async (from, to) => {
    const exif = await exifAfter(from, to);
    return keptIf(exif?.includes(GPS_POSITION) === true);
  },
  orientation: async (from, to) => {
    const before = await rich(from, { orientation: 6 });
    const upright = await sharp(before).rotate().raw().toBuffer({ resolveWithObject: true });
    expect([upright.info.width, upright.info.height]).toEqual([HEIGHT, WIDTH]);
    const result = await rewritten(before, to);
    const { data, info: size } = await sharp(result).raw().toBuffer({ resolveWithObject: true });
    expect([size.width, size.height]).toEqual([HEIGHT, WIDTH]);
    expect(largestDifference(data, upright.data)).toBeLessThanOrEqual(LOSSY);
    const { orientation = 1, xmp } = await info(result);
    const inXmp = /tiff:Orientation="(\d)"/.exec(String(xmp))?.[1];
    // libheif turns AVIF by itself, so there is nothing that its XMP could contradict.
    return orientation === 1 && (inXmp === "1" || to === "avif") ? "applied, then 1" : "left";
  },
  density: async (from, to) => {
    const { density, exif } = await info(await rewritten(await rich(from), to));
    if (density === 300) return "kept";
    // XResolution, a fraction of two 32-bit numbers.
    const { density: inExif } = await info(await withExif(exif));
    return inExif === 300 ? "in EXIF" : "left out";
  },
  XMP: async (from, to) => {
    const { xmp } = await info(await rewritten(await rich(from), to));
    return keptIf(String(xmp) === XMP);
  },
  IPTC: async (from, to) => {
    if (from === "png") {
      // As ImageMagick writes it.
      const raw: [string, Buffer] = [
        "tEXt",
        Buffer.from("Raw profile type iptc\0\niptc\n 2\n1c02"),
      ];
      const result = await rewritten(withChunks(await rich("png"), raw), to);
      return keptIf(result.includes("iptc"));
    }
    const iptc = Buffer.from(
      "Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x05\x1c\x02\x78\0\0",
      "latin1",
    );
    const result = await rewritten(withSegments(await rich("jpeg"), [0xed, iptc]), to);
    return keptIf(
      segmentsOf(result).some(([marker, content]) => marker === 0xed && same(content, iptc)),
    );
  },
  comments: async (from, to) => {
    const before =
      from === "png"
        ? withChunks(
            await rich("png"),
            ["tEXt", Buffer.from(`Comment\0${COMMENT}`, "latin1")],
            ["iTXt", Buffer.from("Title\0\0\0\0\0漢字", "utf8")],
          )
        : withSegments(await rich("jpeg"), [0xfe, Buffer.from(COMMENT)]);
    return keptIf(textsOf(await rewritten(before, to)).includes(COMMENT));
  },
  "16 bits": async (from, to) => {
    const kind = { bits: 16, metadata: false } as const;
    const result = await rewritten(await rich(from, kind), to);
    if ((await info(result)).depth !== "ushort") return "as 8";
    const raw = await sharp(result).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
    return keptIf(same(raw, Buffer.from(pixels(kind).buffer)));
  },
  grey: async (from, to) => {
    const result = await rewritten(await rich(from, { channels: 1, metadata: false }), to);
    return (await info(result)).channels === 1 ? "kept" : "as RGB";
  },
  alpha: async (from, to) => {
    const kind = { channels: 4, metadata: false } as const;
    const before = await sharp(await rich(from, kind))
      .raw()
      .toBuffer();
    const result = await rewritten(await rich(from, kind), to);
    const { data, info: size } = await sharp(result).raw().toBuffer({ resolveWithObject: true });
    if (size.channels === 3) {
      const white = [0, 1, 2].map((c) => before[c]! * (before[3]! / 255) + 255 - before[3]!);
      return largestDifference(data.subarray(0, 3), Buffer.from(white)) < LOSSY
        ? "on white"
        : "lost";
    }
    return keptIf(largestDifference(data, before, 3, 4) <= (to === "avif" ? LOSSY : 0));
  },
  "colour under alpha 0": async (from, to) => {
    const raw = { width: WIDTH, height: HEIGHT, channels: 4 } as const;
    const data = Buffer.alloc(WIDTH * HEIGHT * 4, 90);
    for (let at = 0; at < data.length / 2; at += 4) data.set([200, 10, 60, 0], at);
    const result = await rewritten(await sharp(data, { raw }).png().toBuffer(), to);
    expect(from).toBe(to);
    const shown = await sharp(result).raw().toBuffer();
    // Away from the edge, where WebP's and AVIF's coarser colour mixes both.
    const rows = WIDTH * 4 * 5;
    return keptIf(largestDifference(shown.subarray(0, rows), data.subarray(0, rows)) <= LOSSY);
  },
  palette: async (from, to) => {
    const colours = Buffer.from(pixels({}).map((value) => value & 0xc0));
    const image = sharp(colours, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
    // sharp writes no palette into a TIFF: this one is Pillow's.
    const before =
      from === "png" ? await image.png({ palette: true }).toBuffer() : readFixture("palette.tiff");
    if (from === "png") expect((await info(before)).isPalette).toBe(true);
    const result = await rewritten(before, to);
    const { isPalette = false, channels } = await info(result);
    const [shown, expected] = await Promise.all(
      [result, before].map((file) =>
        sharp(file).toColourspace("srgb").removeAlpha().raw().toBuffer(),
      ),
    );
    expect(shown).toEqual(expected);
    return !isPalette && channels === 3 ? "as RGB" : "otherwise";
  },
  "interlaced, progressive": async (from, to) => {
    const plain = await rich(from);
    const image = sharp(plain);
    const before = await (from === "png"
      ? image.png({ progressive: true })
      : image.jpeg({ progressive: true, quality: 100, chromaSubsampling: "4:4:4" })
    ).toBuffer();
    expect((await info(before)).isProgressive).toBe(true);
    const result = await rewritten(before, to);
    const [shown, expected] = await Promise.all(
      [result, before].map((file) => sharp(file).raw().toBuffer()),
    );
    expect(largestDifference(shown!, expected!)).toBeLessThanOrEqual(from === "png" ? 0 : LOSSY);
    return (await info(result)).isProgressive ? "kept" : "as plain";
  },
  "animation, further pages": async (from, to) => {
    const before = await severalPictures(from);
    const image = await unchanged(before);
    expect(image.notes).toEqual([expect.stringMatching(/animated|has 2 pictures/)]);
    const { data } = await sharp(await rewritten(before, to))
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data[0]! > 200 ? "first one" : "another";
  },
};

/** The largest change by lossy formats to these smooth pictures; measured: 4. */
const LOSSY = 6;

const info = (file: Buffer): Promise<Metadata> => sharp(file).metadata();
const keptIf = (kept: boolean): string => (kept ? "kept" : "left out");

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.from(a).equals(b);
}

async function exifAfter(from: OutputFormat, to: OutputFormat): Promise<Buffer | undefined> {
  return (await info(await rewritten(await rich(from), to))).exif;
}

/** A JPEG with an EXIF block and no density of its own, as libvips reads one from there. */
async function withExif(exif: Buffer | undefined): Promise<Buffer> {
  const jpeg = await rich("jpeg", { metadata: false });
  if (exif === undefined) return jpeg;
  const block =
    exif.toString("latin1", 0, 4) === "Exif"
      ? exif
      : Buffer.concat([Buffer.from("Exif\0\0"), exif]);
  return withSegments(jpeg, [0xe1, block]);
}

/** The texts of a file's comments. */
function textsOf(file: Buffer): string[] {
  if (file[0] === 0xff) {
    return segmentsOf(file)
      .filter(([marker]) => marker === 0xfe)
      .map(([, content]) => content.toString("utf8"));
  }
  if (file[0] !== 0x89) return [];
  return chunksOf(file)
    .filter(([type]) => type === "tEXt")
    .map(([, content]) => content.toString("latin1").replace(/^.*?\0/, ""));
}

/** The largest difference of every `step`-th value from `first` on. */
function largestDifference(a: Uint8Array, b: Uint8Array, first = 0, step = 1): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let at = first; at < a.length; at += step) {
    largest = Math.max(largest, Math.abs(a[at]! - b[at]!));
  }
  return largest;
}

/** A light picture, and a dark one behind it. */
async function severalPictures(format: OutputFormat): Promise<Buffer> {
  const flat = (value: number): Promise<Buffer> =>
    sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } },
    })
      .png()
      .toBuffer();
  const light = await flat(250);
  if (format === "png") return withChunks(light, ["acTL", Buffer.from("0000000200000000", "hex")]);
  const both = sharp([light, await flat(5)], { join: { animated: true } });
  return (format === "webp" ? both.webp({ lossless: true }) : both.tiff()).toBuffer();
}

interface Cell {
  readonly row: string;
  readonly from: OutputFormat;
  readonly to: OutputFormat;
  readonly expected: string;
}

/** The cells of the page's tables that are not empty. */
function cells(): Cell[] {
  const page = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8");
  const found: Cell[] = [];
  let columns: string[] = [];
  for (const line of page.slice(0, page.indexOf("## What that means")).split("\n")) {
    if (!line.startsWith("|") || line.startsWith("|---")) continue;
    const [row = "", ...values] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    if (row === "") columns = values;
    else {
      values.forEach((expected, at) => {
        const [from = "", to = from] = columns[at]!.toLowerCase().split(" to ");
        // The page's headings are the formats' names.
        if (expected !== "")
          found.push({ row, from: from as OutputFormat, to: to as OutputFormat, expected });
      });
    }
  }
  return found;
}

describe("docs/formats.md", () => {
  it("has a check for each row", () => {
    expect(cells().length).toBeGreaterThan(60);
    expect([...new Set(cells().map(({ row }) => row))].sort()).toEqual(Object.keys(CHECKS).sort());
  });

  it.each(cells())("$row from $from to $to: $expected", async ({ row, from, to, expected }) => {
    expect(await CHECKS[row]?.(from, to)).toBe(expected);
  });
});
