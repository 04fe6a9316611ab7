/**
 * Metadata from the chunks of a PNG.
 * PNG third edition, section 11.3: https://www.w3.org/TR/png-3/#11Ancillary-chunks
 */
import { inflateSync } from "node:zlib";
import {
  COLOUR_CHUNKS,
  type ColourChunk,
  type Comment,
  type Density,
} from "../metadata/Metadata.ts";
import { MAX_ICC_BYTES, MAX_TEXT_BYTES } from "../metadata/metadataLimits.ts";
import type { PngChunk } from "./OptionalChunks.ts";
import { RAW_PROFILE, type RawProfile, readRawProfile } from "./readRawProfile.ts";
import { tiffBlock } from "./tiffBlock.ts";

/** The keyword of an iTXt chunk that holds XMP. */
export const XMP_KEYWORD = "XML:com.adobe.xmp";
/** The longest keyword of a text or a profile (PNG, 11.3.2.3). */
export const MAX_KEYWORD_BYTES = 79;

/** Metadata as it is in the file, not yet normalised for the pixels. */
export interface PngMetadata {
  readonly icc: Uint8Array | undefined;
  readonly colour: Partial<Record<ColourChunk, Uint8Array>>;
  readonly density: Density | undefined;
  /** A TIFF block. */
  readonly exif: Uint8Array | undefined;
  readonly xmp: Uint8Array | undefined;
  readonly comments: readonly Comment[];
  readonly notes: readonly string[];
}

/**
 * Reads metadata; chunks that are damaged or too large are left out with a note.
 *
 * @param chunks metadata of a right CRC, in the file's order
 */
export function readPngMetadata(chunks: readonly PngChunk[]): PngMetadata {
  const first = (type: string): Uint8Array | undefined =>
    chunks.find((chunk) => chunk.type === type)?.content;
  const notes: string[] = [];
  const attempt = <T>(type: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch {
      // A note of the file's own is damaged, or larger than its limit. Which of the two changes nothing.
      notes.push(`A ${type} chunk is damaged or too large; it is left out.`);
      return undefined;
    }
  };
  const colour: Partial<Record<ColourChunk, Uint8Array>> = {};
  for (const type of COLOUR_CHUNKS) {
    const content = first(type);
    if (content === undefined) continue;
    if (content.length === COLOUR_BYTES[type]) colour[type] = new Uint8Array(content);
    else notes.push(`The ${type} chunk is damaged; it is left out.`);
  }
  const iccp = first("iCCP");
  const icc = iccp && attempt("iCCP", () => readIccp(iccp));
  const phys = first("pHYs");
  const exif = first("eXIf");
  const { xmp, comments, raw } = readTextChunks(chunks, attempt, notes);
  if (first("acTL") !== undefined) {
    notes.push("The picture is animated; what was read is its still image.");
  }
  return {
    ...{ colour, density: phys && readPhys(phys), comments, notes },
    icc: icc ?? raw.icc,
    exif: exif === undefined ? raw.exif : tiffBlock(exif),
    xmp: xmp ?? raw.xmp,
  };
}

const COLOUR_BYTES: Readonly<Record<ColourChunk, number>> = { cICP: 4, sRGB: 1, gAMA: 4, cHRM: 32 };

function readPhys(content: Uint8Array): Density | undefined {
  if (content.length !== 9) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [x, y] = [view.getUint32(0), view.getUint32(4)];
  if (x === 0 || y === 0) return undefined;
  return { x, y, unit: content[8] === 1 ? "metre" : "aspect" };
}

function readIccp(content: Uint8Array): Uint8Array {
  const { rest } = keywordOf(content);
  if (rest[0] !== 0) throw new Error("no deflate");
  return inflated(rest.subarray(1), MAX_ICC_BYTES);
}

function readTextChunks(
  chunks: readonly PngChunk[],
  attempt: <T>(type: string, read: () => T) => T | undefined,
  notes: string[],
): { xmp: Uint8Array | undefined; comments: Comment[]; raw: RawProfile } {
  let xmp: Uint8Array | undefined;
  let raw: RawProfile = {};
  const comments: Comment[] = [];
  let left = MAX_TEXT_BYTES;
  for (const { type, content } of chunks) {
    if (type !== "tEXt" && type !== "zTXt" && type !== "iTXt") continue;
    const text = attempt(type, () => readTextChunk(type, content, left));
    if (text === undefined) continue;
    left -= text.bytes.length;
    const { keyword, bytes, encoding } = text;
    const rawKind = RAW_PROFILE.exec(keyword)?.[1];
    if (keyword === XMP_KEYWORD) xmp ??= new Uint8Array(bytes);
    else if (rawKind !== undefined) {
      const profile = attempt(type, () => readRawProfile(rawKind, bytes));
      if (profile === null)
        notes.push(`${JSON.stringify(keyword)}, metadata written as text, is left out.`);
      raw = { ...profile, ...raw };
    } else {
      comments.push({ keyword, text: Buffer.from(bytes).toString(encoding) });
    }
  }
  return { xmp, comments, raw };
}

interface Text {
  readonly keyword: string;
  readonly bytes: Uint8Array;
  readonly encoding: "latin1" | "utf8";
}

/** @throws Error when the chunk is damaged or has more than `most` bytes of text */
function readTextChunk(type: "tEXt" | "zTXt" | "iTXt", content: Uint8Array, most: number): Text {
  const { keyword, rest } = keywordOf(content);
  switch (type) {
    case "tEXt":
      if (rest.length > most) throw new Error("too much text");
      return { keyword, bytes: rest, encoding: "latin1" };
    case "zTXt":
      if (rest[0] !== 0) throw new Error("no deflate");
      return { keyword, bytes: inflated(rest.subarray(1), most), encoding: "latin1" };
    case "iTXt": {
      const [compressed, method] = rest;
      const language = rest.indexOf(0, 2);
      const translated = language < 0 ? -1 : rest.indexOf(0, language + 1);
      if (translated < 0) throw new Error("cut off");
      const text = rest.subarray(translated + 1);
      if (compressed === 0 && text.length <= most)
        return { keyword, bytes: text, encoding: "utf8" };
      if (compressed !== 1 || method !== 0) throw new Error("too much text, or no deflate");
      return { keyword, bytes: inflated(text, most), encoding: "utf8" };
    }
    default:
      return type satisfies never;
  }
}

function keywordOf(content: Uint8Array): { keyword: string; rest: Uint8Array } {
  const end = content.indexOf(0);
  if (end < 1 || end > MAX_KEYWORD_BYTES) throw new Error("no keyword");
  const keyword = Buffer.from(content.subarray(0, end)).toString("latin1");
  return { keyword, rest: content.subarray(end + 1) };
}

/** @throws Error past `most` bytes */
function inflated(packed: Uint8Array, most: number): Uint8Array {
  return new Uint8Array(inflateSync(packed, { maxOutputLength: Math.max(most, 1) }));
}
