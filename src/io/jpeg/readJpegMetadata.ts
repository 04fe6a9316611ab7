/**
 * Metadata from the segments of a JPEG.
 * JFIF 1.02; EXIF 2.32, 4.7.2; ICC.1:2022, annex B.4; XMP part 3, 1.1.3.
 */

import { hasSignature } from "../decoding/hasSignature.ts";
import type { Comment, Density } from "../metadata/Metadata.ts";
import { MAX_TEXT_BYTES } from "../metadata/metadataLimits.ts";
import { MARKER } from "./markers.ts";
import { SEGMENT_SIGNATURE } from "./segmentSignatures.ts";
import type { JpegSegment } from "./segments.ts";

/** Metadata as it is in the file, not yet normalised for the pixels. */
export interface JpegMetadata {
  readonly icc: Uint8Array | undefined;
  readonly density: Density | undefined;
  readonly exif: Uint8Array | undefined;
  readonly xmp: Uint8Array | undefined;
  readonly photoshop: readonly Uint8Array[];
  readonly comments: readonly Comment[];
  readonly notes: readonly string[];
}

/**
 * Reads metadata; damaged parts are left out with a note.
 *
 * @param segments the APPn and COM segments, in the file's order
 */
export function readJpegMetadata(segments: readonly JpegSegment[]): JpegMetadata {
  const notes: string[] = [];
  const withSignature = (marker: number, signature: string): Uint8Array[] =>
    segments
      .filter((segment) => segment.marker === marker && hasSignature(segment.content, signature))
      .map(({ content }) => new Uint8Array(content.subarray(signature.length)));
  const icc = joinIcc(withSignature(MARKER.APP2, SEGMENT_SIGNATURE.icc));
  if (icc === "damaged") notes.push("The ICC profile's parts are not complete; it is left out.");
  if (withSignature(MARKER.APP1, SEGMENT_SIGNATURE.extendedXmp).length > 0) {
    notes.push("Extended XMP, such as a depth map, is left out.");
  }
  if (withSignature(MARKER.APP2, SEGMENT_SIGNATURE.multiPicture).length > 0) {
    notes.push("Further pictures in the file (previews, a gain map) are left out.");
  }
  return {
    icc: icc === "damaged" ? undefined : icc,
    density: readJfif(withSignature(MARKER.APP0, SEGMENT_SIGNATURE.jfif)[0]),
    exif: withSignature(MARKER.APP1, SEGMENT_SIGNATURE.exif)[0],
    xmp: withSignature(MARKER.APP1, SEGMENT_SIGNATURE.xmp)[0],
    photoshop: withSignature(MARKER.APP13, SEGMENT_SIGNATURE.photoshop),
    comments: readComments(segments, notes),
    notes,
  };
}

function readJfif(content: Uint8Array | undefined): Density | undefined {
  if (content === undefined || content.length < 7) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [unit, x, y] = [view.getUint8(2), view.getUint16(3), view.getUint16(5)];
  if (x === 0 || y === 0) return undefined;
  if (unit === 1) return { x, y, unit: "inch" };
  if (unit === 2) return { x: x * 100, y: y * 100, unit: "metre" };
  // 1:1 tells nothing: encoders that know no density write it.
  return x === y ? undefined : { x, y, unit: "aspect" };
}

/** The profile from its parts, each with its number from 1 and their count, in any order. */
function joinIcc(parts: readonly Uint8Array[]): Uint8Array | "damaged" | undefined {
  if (parts.length === 0) return undefined;
  const inOrder: Uint8Array[] = [];
  for (const part of parts) {
    const [number = 0, count] = part;
    const isRight = count === parts.length && number >= 1 && number <= count;
    if (!isRight || inOrder[number - 1] !== undefined) return "damaged";
    inOrder[number - 1] = part.subarray(2);
  }
  return new Uint8Array(Buffer.concat(inOrder));
}

function readComments(segments: readonly JpegSegment[], notes: string[]): Comment[] {
  const comments: Comment[] = [];
  let left = MAX_TEXT_BYTES;
  for (const { marker, content } of segments) {
    if (marker !== MARKER.COM) continue;
    left -= content.length;
    if (left < 0) {
      notes.push("The comments are too large; the last of them are left out.");
      break;
    }
    comments.push({ keyword: "Comment", text: textOf(content) });
  }
  return comments;
}

/** A comment's text. No encoding is declared: UTF-8 if it is valid, else Latin-1. Some end in zeros, as in C. */
function textOf(content: Uint8Array): string {
  const utf8 = Buffer.from(content).toString("utf8");
  const text = utf8.includes("\ufffd") ? Buffer.from(content).toString("latin1") : utf8;
  return text.replace(/\0+$/, "");
}
