import { hasSignature } from "../decoding/hasSignature.ts";
import type { PictureSize, ReadBytes } from "../decoding/PictureSize.ts";
import { FRAME_SIZE_BYTES, readFrameSize } from "./frameSize.ts";
import { isFrameMarker, JPEG_SIGNATURE, MARKER, SOI_BYTES } from "./markers.ts";
import { nextSegment } from "./segments.ts";

/** Bytes of one read: marker, length and size of a frame are 9; the others are for fill bytes before it. */
const READ_BYTES = 16;
/** Reads, so segments before the frame: metadata in pieces of 64 KiB, tables. */
const MAX_READS = 1000;

/**
 * Finds a JPEG's width and height by its segments, of which only the beginnings are read.
 *
 * @returns undefined for another format, and where no frame is found
 */
export async function readJpegSize(read: ReadBytes): Promise<PictureSize | undefined> {
  const start = await read(0, SOI_BYTES);
  if (!hasSignature(start, JPEG_SIGNATURE)) return undefined;
  let position = SOI_BYTES;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const bytes = await read(position, READ_BYTES);
    const segment = nextSegment(bytes, 0);
    if (segment === undefined || segment.contentOffset + FRAME_SIZE_BYTES > bytes.length) {
      if (bytes.length < READ_BYTES) return undefined; // the file's end
      position += segment?.offset ?? bytes.length - 1; // a marker's first byte may be the last
    } else if (segment.marker === MARKER.SOS || segment.marker === MARKER.EOI) {
      return undefined;
    } else if (isFrameMarker(segment.marker)) {
      return readFrameSize(bytes.subarray(segment.contentOffset));
    } else {
      position += segment.end;
    }
  }
  return undefined;
}
