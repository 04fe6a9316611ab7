/**
 * Metadata as chunks of a PNG, in the order that PNG asks for: colour before the pixels.
 */
import { deflateSync } from "node:zlib";
import { profileSpace } from "../metadata/iccProfile.ts";
import {
  COLOUR_CHUNKS,
  type Comment,
  type Density,
  METRES_PER_INCH,
  type Metadata,
} from "../metadata/Metadata.ts";
import { pngChunk } from "./pngChunk.ts";
import { MAX_KEYWORD_BYTES, XMP_KEYWORD } from "./readPngMetadata.ts";

const INCHES_PER_METRE = 1 / METRES_PER_INCH;

/**
 * Writes metadata as the chunks that go between IHDR and PLTE or IDAT.
 *
 * @param metadata with a place in PNG or not
 * @param grey whether the PNG is grey: it may then have no profile for RGB (PNG, 11.3.2.3)
 */
export function writePngMetadata(metadata: Metadata, grey: boolean): Uint8Array[] {
  const { icc, colour = {}, density, exif, xmp, comments = [] } = metadata;
  const parts: Uint8Array[] = [];
  const add = (type: string, ...content: (Uint8Array | string)[]): void => {
    parts.push(...pngChunk(type, ...content));
  };
  for (const type of COLOUR_CHUNKS) {
    const content = colour[type];
    if (content !== undefined) add(type, content);
  }
  if (icc !== undefined && (profileSpace(icc) === "GRAY") === grey) {
    add("iCCP", "ICC profile\0\0", deflateSync(icc));
  }
  if (density !== undefined) add("pHYs", physOf(density));
  if (exif !== undefined) add("eXIf", exif);
  if (xmp !== undefined) add("iTXt", `${XMP_KEYWORD}\0\0\0\0\0`, xmp);
  for (const comment of comments) parts.push(...textChunk(comment));
  return parts;
}

/** A comment's chunk: tEXt, which every program reads, where Latin-1 has its characters, else iTXt. */
function textChunk({ keyword, text }: Comment): Uint8Array[] {
  const key = Buffer.from(keyword.slice(0, MAX_KEYWORD_BYTES) || "Comment", "latin1");
  const latin1 = Buffer.from(text, "latin1");
  // NUL ends a tEXt chunk's text.
  const isLatin1 = latin1.toString("latin1") === text && !latin1.includes(0);
  return isLatin1
    ? pngChunk("tEXt", key, "\0", latin1)
    : pngChunk("iTXt", key, "\0\0\0\0\0", Buffer.from(text, "utf8"));
}

function physOf({ x, y, unit }: Density): Uint8Array {
  const factor = unit === "inch" ? INCHES_PER_METRE : 1;
  const content = Buffer.alloc(9);
  content.writeUInt32BE(Math.round(x * factor), 0);
  content.writeUInt32BE(Math.round(y * factor), 4);
  content[8] = unit === "aspect" ? 0 : 1;
  return content;
}
