/**
 * Metadata as the segments of a JPEG.
 */

import {
  type Comment,
  type Density,
  METRES_PER_INCH,
  type Metadata,
} from "../metadata/Metadata.ts";
import { MAX_DENSITY, MAX_SEGMENT_BYTES } from "../metadata/metadataLimits.ts";
import { SEGMENT } from "./readJpegMetadata.ts";

/** Number and count, before each part of a profile. */
const ICC_PART_BYTES = MAX_SEGMENT_BYTES - SEGMENT.icc.length - 2;
/** The number is a byte. */
const MAX_ICC_PARTS = 255;
const CENTIMETRES_PER_METRE = 100;

/**
 * The segments that go to the start of a JPEG, its JFIF segment included: after SOI and in place of the
 * encoder's own. What a segment cannot hold (an EXIF block above 64 kB) is left out.
 */
export function jpegSegments(metadata: Metadata): Uint8Array {
  const { icc, density, exif, xmp, photoshop = [], comments = [] } = metadata;
  const parts: Uint8Array[] = [];
  const add = (marker: number, ...content: (Uint8Array | string)[]): void => {
    const body = Buffer.concat(
      content.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
    );
    if (body.length > MAX_SEGMENT_BYTES) return;
    const length = body.length + 2;
    parts.push(Uint8Array.of(0xff, marker, length >> 8, length & 255), body);
  };
  add(0xe0, SEGMENT.jfif, jfifOf(density));
  if (exif !== undefined) add(0xe1, SEGMENT.exif, exif);
  if (xmp !== undefined) add(0xe1, SEGMENT.xmp, xmp);
  for (const content of photoshop) add(0xed, SEGMENT.photoshop, content);
  if (icc !== undefined) {
    const count = Math.ceil(icc.length / ICC_PART_BYTES);
    for (let part = 0; part < count && count <= MAX_ICC_PARTS; part++) {
      const content = icc.subarray(part * ICC_PART_BYTES, (part + 1) * ICC_PART_BYTES);
      add(0xe2, SEGMENT.icc, Uint8Array.of(part + 1, count), content);
    }
  }
  for (const comment of comments) add(0xfe, Buffer.from(commentOf(comment), "utf8"));
  return Buffer.concat(parts);
}

/** Version 1.01, unit, densities, no thumbnail. */
function jfifOf(density: Density | undefined): Uint8Array {
  const { unit, x, y } = jfifDensity(density ?? { x: 1, y: 1, unit: "aspect" });
  const inRange = (value: number): number => Math.min(Math.max(Math.round(value), 1), MAX_DENSITY);
  const content = Buffer.alloc(9);
  content.set([1, 1, unit]);
  content.writeUInt16BE(inRange(x), 3);
  content.writeUInt16BE(inRange(y), 5);
  return content;
}

/** A metre's pixels as those of an inch where that is a whole number, as 11811 is 300, else of a centimetre. */
function jfifDensity({ x, y, unit }: Density): { unit: 0 | 1 | 2; x: number; y: number } {
  if (unit === "aspect") return { unit: 0, x, y };
  if (unit === "inch") return { unit: 1, x, y };
  const [perInchX, perInchY] = [x * METRES_PER_INCH, y * METRES_PER_INCH];
  const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 0.02;
  if (isWhole(perInchX) && isWhole(perInchY)) return { unit: 1, x: perInchX, y: perInchY };
  return { unit: 2, x: x / CENTIMETRES_PER_METRE, y: y / CENTIMETRES_PER_METRE };
}

/** JPEG's comments have no keywords. */
function commentOf({ keyword, text }: Comment): string {
  return keyword === "Comment" ? text : `${keyword}: ${text}`;
}
