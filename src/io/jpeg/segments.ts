/**
 * JPEG's segments: a marker, a 16-bit length that counts itself, and contents. ITU-T T.81, B.1.1.4.
 */
import { isBoundary, isPassedOver } from "./markers.ts";

/** A marker and the contents of its segment. */
export interface JpegSegment {
  readonly marker: number;
  /** The bytes after the length; a view on the file. */
  readonly content: Uint8Array;
}

/** A segment's place in the bytes that were searched, or past their end. */
export interface SegmentRange {
  readonly marker: number;
  /** Offset of the marker. */
  readonly offset: number;
  /** Offset of the contents; past `end` where the length is damaged. */
  readonly contentOffset: number;
  /** Offset of the byte after the segment. */
  readonly end: number;
}

const MARKER_BYTES = 2;
const LENGTH_BYTES = 2;
/** The most that a segment's contents can have. */
export const MAX_SEGMENT_BYTES: number = 0xffff - LENGTH_BYTES;

/**
 * Finds the next segment, past entropy-coded data, fill bytes and restart markers.
 *
 * @param bytes a whole file, or a piece of one
 * @param from offset in `bytes` of the end of the segment before
 * @returns undefined where the bytes have no further marker. SOI and EOI are given as segments without length or
 *   contents. Nothing is checked: a segment may end past the bytes
 */
export function nextSegment(bytes: Uint8Array, from: number): SegmentRange | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker === undefined) return undefined;
    if (isPassedOver(marker)) continue;
    const lengthAt = at + MARKER_BYTES;
    if (isBoundary(marker)) {
      return { marker, offset: at, contentOffset: lengthAt, end: lengthAt };
    }
    const length = ((bytes[lengthAt] ?? 0) << 8) | (bytes[lengthAt + 1] ?? 0);
    return { marker, offset: at, contentOffset: lengthAt + LENGTH_BYTES, end: lengthAt + length };
  }
  return undefined;
}

/**
 * Makes a segment.
 *
 * @param content bytes, and Latin-1 text; {@link MAX_SEGMENT_BYTES} together at most
 */
export function makeSegment(marker: number, ...content: (Uint8Array | string)[]): Uint8Array {
  const parts = content.map((part) =>
    typeof part === "string" ? Buffer.from(part, "latin1") : part,
  );
  const length = parts.reduce((sum, part) => sum + part.length, LENGTH_BYTES);
  return Buffer.concat([Uint8Array.of(0xff, marker, length >> 8, length & 255), ...parts]);
}

/** MCUs between restart markers, by the contents of a DRI segment; 0: there are none. */
export function readRestartInterval(content: Uint8Array): number {
  return ((content[0] ?? 0) << 8) | (content[1] ?? 0);
}
