/**
 * Metadata as segments of a JPEG.
 */

import {
  type Comment,
  type Density,
  METRES_PER_INCH,
  type Metadata,
} from "../metadata/Metadata.ts";
import { MAX_DENSITY } from "../metadata/metadataLimits.ts";
import { MARKER } from "./markers.ts";
import { SEGMENT_SIGNATURE } from "./segmentSignatures.ts";
import { MAX_SEGMENT_BYTES, makeSegment } from "./segments.ts";

/** Bytes of a profile in one segment, beside the signature, the part's number and their count. */
const ICC_PART_BYTES = MAX_SEGMENT_BYTES - SEGMENT_SIGNATURE.icc.length - 2;
/** The most parts of a profile: the number is a byte. */
const MAX_ICC_PARTS = 255;
const CENTIMETRES_PER_METRE = 100;

/**
 * Writes metadata as the segments that go to the start of a JPEG, its JFIF segment included: after SOI and in
 * place of the encoder's own. A block that a segment cannot hold (EXIF above 64 kB) is left out.
 */
export function writeJpegMetadata(metadata: Metadata): Uint8Array {
  const { icc, density, exif, xmp, photoshop = [], comments = [] } = metadata;
  const parts: Uint8Array[] = [];
  const add = (marker: number, ...content: (Uint8Array | string)[]): void => {
    const bytes = content.reduce((sum, part) => sum + part.length, 0);
    if (bytes <= MAX_SEGMENT_BYTES) parts.push(makeSegment(marker, ...content));
  };
  add(MARKER.APP0, SEGMENT_SIGNATURE.jfif, jfifOf(density));
  if (exif !== undefined) add(MARKER.APP1, SEGMENT_SIGNATURE.exif, exif);
  if (xmp !== undefined) add(MARKER.APP1, SEGMENT_SIGNATURE.xmp, xmp);
  for (const content of photoshop) add(MARKER.APP13, SEGMENT_SIGNATURE.photoshop, content);
  if (icc !== undefined) {
    const count = Math.ceil(icc.length / ICC_PART_BYTES);
    for (let part = 0; part < count && count <= MAX_ICC_PARTS; part++) {
      const content = icc.subarray(part * ICC_PART_BYTES, (part + 1) * ICC_PART_BYTES);
      add(MARKER.APP2, SEGMENT_SIGNATURE.icc, Uint8Array.of(part + 1, count), content);
    }
  }
  for (const comment of comments) add(MARKER.COM, Buffer.from(commentOf(comment), "utf8"));
  return Buffer.concat(parts);
}

/** JFIF's contents: version 1.01, unit, densities, no thumbnail. */
function jfifOf(density: Density | undefined): Uint8Array {
  const { unit, x, y } = jfifDensity(density ?? { x: 1, y: 1, unit: "aspect" });
  const inRange = (value: number): number => Math.min(Math.max(Math.round(value), 1), MAX_DENSITY);
  const content = Buffer.alloc(9);
  content.set([1, 1, unit]);
  content.writeUInt16BE(inRange(x), 3);
  content.writeUInt16BE(inRange(y), 5);
  return content;
}

/** Pixels a metre as pixels an inch where that is a whole number, as 11811 is 300, else a centimetre. */
function jfifDensity({ x, y, unit }: Density): { unit: 0 | 1 | 2; x: number; y: number } {
  if (unit === "aspect") return { unit: 0, x, y };
  if (unit === "inch") return { unit: 1, x, y };
  const [perInchX, perInchY] = [x * METRES_PER_INCH, y * METRES_PER_INCH];
  const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 0.02;
  if (isWhole(perInchX) && isWhole(perInchY)) return { unit: 1, x: perInchX, y: perInchY };
  return { unit: 2, x: x / CENTIMETRES_PER_METRE, y: y / CENTIMETRES_PER_METRE };
}

/** A comment's text with its keyword, for which JPEG has no place of its own. */
function commentOf({ keyword, text }: Comment): string {
  return keyword === "Comment" ? text : `${keyword}: ${text}`;
}
