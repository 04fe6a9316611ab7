import { crc32 } from "node:zlib";
import { CONTENT_OFFSET, CRC_BYTES, TYPE_OFFSET } from "./pngLayout.ts";

/** A chunk as it is in the file. */
export interface FoundChunk {
  /** Four letters, or whatever stands there in a damaged file. */
  readonly type: string;
  /** A view on the file; what there is of it, if the chunk is cut off. */
  readonly content: Uint8Array;
  /** Where it ends in the file, or would. */
  readonly end: number;
  /** False when the file ends before the chunk, or its type is not of letters. */
  readonly isWhole: boolean;
  /** Bit 5 of the first letter is not set: nothing that a reader may skip. */
  readonly isCritical: boolean;
}

/**
 * Reads the chunk at a place in a PNG. PNG third edition, sections 5.3 and 5.4.
 *
 * @returns undefined at the file's end, and where too little is left for a type
 */
export function chunkAt(bytes: Uint8Array, at: number): FoundChunk | undefined {
  const contentAt = at + CONTENT_OFFSET;
  if (contentAt > bytes.length) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
  const type = String.fromCharCode(...bytes.subarray(at + TYPE_OFFSET, contentAt));
  const contentEnd = contentAt + length;
  const end = contentEnd + CRC_BYTES;
  return {
    type,
    content: bytes.subarray(contentAt, contentEnd),
    end,
    isWhole: end <= bytes.length && /^[A-Za-z]{4}$/.test(type),
    isCritical: (type.charCodeAt(0) & 0x20) === 0,
  };
}

/** Tells whether a whole chunk matches its CRC, which is over type and content. */
export function hasRightCrc(bytes: Uint8Array, at: number, { end }: FoundChunk): boolean {
  const crcAt = end - CRC_BYTES;
  const stored = new DataView(bytes.buffer, bytes.byteOffset + crcAt).getUint32(0);
  return crc32(bytes.subarray(at + TYPE_OFFSET, crcAt)) === stored;
}
