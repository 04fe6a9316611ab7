import { crc32 } from "node:zlib";

/**
 * A chunk in pieces, to be joined with the others of its file. PNG third edition, section 5.3.
 *
 * @param type four letters
 * @param content its pieces, strings as Latin-1
 */
export function pngChunk(type: string, ...content: (Uint8Array | string)[]): Uint8Array[] {
  const pieces = [type, ...content].map((piece) =>
    typeof piece === "string" ? Buffer.from(piece, "latin1") : piece,
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pieces.reduce((sum, piece) => sum + piece.length, 0) - type.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(pieces.reduce((sum, piece) => crc32(piece, sum), 0));
  return [length, ...pieces, crc];
}
