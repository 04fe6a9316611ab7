/**
 * The layout of a PNG file: a signature, then chunks, of which IHDR is the first.
 * PNG third edition: https://www.w3.org/TR/png-3/ (5.2 signature, 5.3 chunks, 11.2.1 IHDR)
 */

/** A PNG's first bytes, as Latin-1 text. */
export const PNG_SIGNATURE = "\x89PNG\r\n\x1a\n";
/** Bytes of the signature. */
export const SIGNATURE_BYTES: number = PNG_SIGNATURE.length;

/** Offset of a chunk's type, four letters: after the contents' length, 32 bits. */
export const TYPE_OFFSET = 4;
/** Offset of a chunk's contents. */
export const CONTENT_OFFSET = 8;
/** Bytes of the CRC that ends a chunk; it is over type and contents. */
export const CRC_BYTES = 4;
/** Bytes of a chunk without contents: length, type and CRC. */
const EMPTY_CHUNK_BYTES: number = CONTENT_OFFSET + CRC_BYTES;

/** Bytes of IHDR's contents. */
export const IHDR_BYTES = 13;
/** Bytes of signature and IHDR, with which every PNG begins. */
export const PNG_START_BYTES: number = SIGNATURE_BYTES + EMPTY_CHUNK_BYTES + IHDR_BYTES;
