/**
 * Mutated pictures: each is decoded or refused with a NafnetError, quickly and in little memory, and what was
 * decoded can be written with its metadata. A normal run makes the same mutations each time;
 * NAFNET_FUZZ_MS=600000 goes on for ten minutes from a new seed, which is printed, and NAFNET_FUZZ_SEED
 * repeats one. A file that breaks something is kept, and belongs into test/fixtures/fuzz.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import { NafnetError } from "../../src/base/errors.ts";
import { checkRaster } from "../../src/image/Raster.ts";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { encodeImage } from "../../src/io/encodeImage.ts";
import { MUTATIONS, mutation } from "../support/mutations.ts";
import { fixtures, pngChunk, random, readFixture } from "./fixtures.ts";
import {
  chunksOf,
  greyProfile,
  rich,
  segmentsOf,
  withChunks,
  withSegments,
  XMP,
} from "./richPictures.ts";
import { makeTiff, tiffPage } from "./tiff/makeTiff.ts";

const RUNS = 3000;
const MAX_PIXELS = 2 ** 18;
const LONGEST_MS = 3000;
const MOST_BYTES = 600e6; // above the process's memory at the start
const durationMs = Number(process.env.NAFNET_FUZZ_MS ?? 0);
const seed = Number(process.env.NAFNET_FUZZ_SEED ?? (durationMs > 0 ? Date.now() % 2 ** 32 : 1));

/** Sizes and counts that have broken readers before. */
const NASTY = [0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0xffffffff];

async function seeds(): Promise<Buffer[]> {
  const text = (keyword: string, rest: string | Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from(`${keyword}\0`, "latin1"), Buffer.from(rest)]);
  const png = withChunks(
    await rich("png", { channels: 4, orientation: 6 }),
    ["gAMA", Buffer.from([0, 0, 177, 143])],
    ["sRGB", Buffer.of(0)],
    ["cHRM", Buffer.alloc(32, 1)],
    ["tEXt", text("Author", "somebody")],
    ["zTXt", text("Title", Buffer.concat([Buffer.of(0), deflateSync(Buffer.alloc(300, 65))]))],
    ["iTXt", text("Description", "\0\0de\0Beschreibung\0Grüße")],
    ["acTL", Buffer.alloc(8)],
  );
  const grey = withChunks(await rich("png", { channels: 1, metadata: false }), [
    "iCCP",
    text("grey", Buffer.concat([Buffer.of(0), deflateSync(greyProfile())])),
  ]);
  const jpeg = withSegments(
    await rich("jpeg", { orientation: 8 }),
    [0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${XMP}`, "latin1")],
    [0xe2, Buffer.from("ICC_PROFILE\0\x02\x02second half", "latin1")],
    [0xe2, Buffer.from("ICC_PROFILE\0\x01\x02first half", "latin1")],
    [0xed, Buffer.from("Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0", "latin1")],
    [0xfe, Buffer.from("a comment\0")],
  );
  const others = await Promise.all((["webp", "tiff"] as const).map((format) => rich(format)));
  const full = tiffPage([24, 16], { 258: [8, 8], 277: 2, 338: 2 });
  const pages = makeTiff([tiffPage([6, 4], { 254: 1 }), { ...full, children: [full] }]);
  // AVIF's codec takes 50 ms a picture, so it has one place among the many.
  const made = [png, png, grey, jpeg, jpeg, pages, ...others];
  return [...fixtures.map(({ file }) => readFixture(file)), ...made];
}

let corpus: readonly Buffer[] = [];
beforeAll(async () => {
  corpus = await seeds();
});

it(`mutated pictures are decoded or refused (seed ${seed})`, {
  timeout: durationMs + 120_000,
}, async () => {
  const next = random(seed);
  const outcomes: Record<string, number> = {};
  let longestMs = 0;
  let mostRss = 0;
  let runs = 0;
  const rssBefore = process.memoryUsage().rss;
  const start = performance.now();
  for (; durationMs > 0 ? performance.now() - start < durationMs : runs < RUNS; runs++) {
    const file = mutated(pick(corpus, next), next);
    const before = performance.now();
    const outcome = await kept(file, () => outcomeOf(file));
    longestMs = Math.max(longestMs, performance.now() - before);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (runs % 50 === 0) mostRss = Math.max(mostRss, process.memoryUsage().rss);
  }
  const rssMegabytes = Math.round(mostRss / 1e6);
  const longest = Math.round(longestMs);
  console.log({ seed, runs, outcomes, longestMs: longest, rssMegabytes });
  expect(longestMs).toBeLessThan(LONGEST_MS);
  expect(mostRss - rssBefore).toBeLessThan(MOST_BYTES);
});

const found = new URL("../fixtures/fuzz/", import.meta.url);

it.each(readdirSync(found))("what has broken something before: %s", async (file) => {
  expect(await outcomeOf(readFileSync(new URL(file, found)))).toMatch(/^decoded |^INPUT_/);
});

/** `decoded`, or the error's code; anything else is thrown and fails the test. */
async function outcomeOf(file: Buffer): Promise<string> {
  let decoded: Awaited<ReturnType<typeof decodeImage>>;
  try {
    decoded = await decodeImage(file, { maxPixels: MAX_PIXELS });
  } catch (error) {
    if (!(error instanceof NafnetError)) throw error;
    expect(error.code).toMatch(/^INPUT_/);
    return error.code;
  }
  const { raster, metadata, format } = decoded;
  checkRaster(raster);
  for (const written of ["png", "jpeg"] as const) {
    const again = await decodeImage(await encodeImage(raster, written, { metadata }));
    expect([again.raster.width, again.raster.height]).toEqual([raster.width, raster.height]);
    expect(again.metadata.exif).toEqual(fits(metadata.exif, written) ? metadata.exif : undefined);
  }
  return `decoded ${format}`;
}

/** Tells whether a block has a place in the format: a JPEG's segment has 64 kB. */
function fits(block: Uint8Array | undefined, format: "png" | "jpeg"): boolean {
  return block !== undefined && (format === "png" || block.length < 65528);
}

/** Leaves a file that broke something where it can be looked at. */
async function kept<T>(file: Buffer, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const folder = join(tmpdir(), "nafnet-fuzz");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${crc32(file).toString(16)}.bin`);
    writeFileSync(path, file);
    console.error(`kept as ${path}`);
    throw error;
  }
}

function mutated(original: Buffer, next: () => number): Buffer {
  const kind = original[0];
  // Most damage to the structure ends the reading, so half of the changes stay inside of a part of it.
  if (next() < 0.5) {
    if (kind === 0x89) return withChangedChunk(original, next);
    if (kind === 0xff) return withChangedSegment(original, next);
  }
  let file = copy(original);
  for (let changes = 1 + Math.floor(next() ** 2 * 4); changes > 0; changes--) {
    file = changed(file, next);
  }
  return kind === 0x89 && next() < 0.8 ? withRightChecksums(file) : file;
}

/** A PNG with one chunk changed, its length and checksum right; of IDAT, the scanlines that it packs. */
function withChangedChunk(png: Buffer, next: () => number): Buffer {
  const end = png.indexOf("IEND", 0, "latin1") + 8; // some have bytes behind it
  const chunks = chunksOf(png.subarray(0, end));
  const [picked] = pick(chunks, next);
  const idats = chunks.filter(([type]) => type === "IDAT").map(([, content]) => content);
  const one = chunks.filter(([type], at) => type !== "IDAT" || chunks[at - 1]?.[0] !== "IDAT");
  const parts = one.map(([type, content]) => {
    if (type !== "IDAT")
      return pngChunk(type, type === picked ? changed(copy(content), next) : content);
    const packed = Buffer.concat(idats);
    return pngChunk(
      type,
      picked === "IDAT" ? deflateSync(changed(inflateSync(packed), next)) : packed,
    );
  });
  return Buffer.concat([png.subarray(0, 8), ...parts]);
}

/** A JPEG with the content of one segment before the picture's data changed, and its length right. */
function withChangedSegment(jpeg: Buffer, next: () => number): Buffer {
  const segments = segmentsOf(jpeg);
  const length = segments.reduce((sum, [, content]) => sum + content.length + 4, 2);
  const at = Math.floor(next() * segments.length);
  const made = segments.map(([marker, content], index): [number, Buffer] => [
    marker,
    index === at ? changed(copy(content), next) : content,
  ]);
  return withSegments(Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(length)]), ...made);
}

function copy(content: Uint8Array): Buffer<ArrayBufferLike> {
  return Buffer.from(content);
}

function changed(file: Buffer, next: () => number): Buffer {
  if (file.length === 0) return file;
  // Half of the changes hit the start, where the headers and the metadata are.
  const reach = next() < 0.5 ? Math.min(file.length, 700) : file.length;
  const at = Math.floor(next() * reach);
  const length = 1 + Math.floor(next() * 64);
  const way = Math.floor(next() * 8);
  if (way < MUTATIONS) return mutation(file, way, at, length, next);
  if (way === MUTATIONS) {
    // a piece of another file
    const other = pick(corpus, next);
    const from = Math.floor(next() * other.length);
    return Buffer.concat([
      file.subarray(0, at),
      other.subarray(from, from + length),
      file.subarray(at),
    ]);
  }
  // a nasty number, of 1, 2 or 4 bytes in either order
  const number = Buffer.alloc(4);
  if (next() < 0.5) number.writeUInt32LE(pick(NASTY, next));
  else number.writeUInt32BE(pick(NASTY, next));
  number.copy(file, at, 0, pick([1, 2, 4], next));
  return file;
}

/** The PNG with right checksums, as far as its chunks' lengths lead. */
function withRightChecksums(png: Buffer): Buffer {
  const file = Buffer.from(png);
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) break;
    file.writeUInt32BE(crc32(file.subarray(at + 4, end - 4)), end - 4);
    at = end;
  }
  return file;
}

function pick<T>(items: readonly T[], next: () => number): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
