/**
 * The orientation out of an EXIF block.
 */
import exifReader from "exif-reader";
import type { Orientation } from "./applyOrientation.ts";

/** Cameras write 10-20 entries; the list's cost for a hostile block grows with its square. */
const MAX_ENTRIES = 256;

/**
 * Reads the orientation of an EXIF block.
 *
 * exif-reader expands every tag's values: measured, 7 kB of entries that each claim 2^32 values
 * made it take 1 s and 0.7 GB out of a 64 kB block. So it only gets to see the first directory,
 * copied out of its surroundings.
 *
 * @param tiff the block from its TIFF header (`II*\0` or `MM\0*`) on
 * @returns the orientation, 1 when there is none or the block is damaged: a bad note about a
 *   picture is no reason to refuse the picture
 */
export function exifOrientation(tiff: Uint8Array): Orientation {
  const directory = firstDirectory(tiff);
  if (directory === undefined) return 1;
  const value: unknown = exifReader(directory).Image?.Orientation;
  return isOrientation(value) ? value : 1;
}

function isOrientation(value: unknown): value is Orientation {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 8;
}

/** A TIFF block of its own that holds only the first directory's entries. */
function firstDirectory(tiff: Uint8Array): Buffer | undefined {
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  if (!little && view.getUint16(0) !== 0x4d4d) return undefined;
  if (view.getUint16(2, little) !== 42) return undefined;
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return undefined;
  const count = view.getUint16(start, little);
  const end = start + 2 + count * 12;
  if (count > MAX_ENTRIES || end > tiff.length) return undefined;
  const header = Buffer.from(tiff.subarray(0, 8));
  new DataView(header.buffer, header.byteOffset).setUint32(4, 8, little);
  // Four zero bytes: no further directory.
  return Buffer.concat([header, tiff.subarray(start, end), Buffer.alloc(4)]);
}
