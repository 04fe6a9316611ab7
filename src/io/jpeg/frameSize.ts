/**
 * Width and height in a frame header (SOFn): precision, height, width. ITU-T T.81, B.2.2.
 */
import type { PictureSize } from "../decoding/PictureSize.ts";

const HEIGHT_OFFSET = 1;
const WIDTH_OFFSET = 3;

/** Bytes of a frame header's contents up to the end of its size. */
export const FRAME_SIZE_BYTES = 5;

/** @param content of a frame's segment, {@link FRAME_SIZE_BYTES} at least */
export function readFrameSize(content: Uint8Array): PictureSize {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return { width: view.getUint16(WIDTH_OFFSET), height: view.getUint16(HEIGHT_OFFSET) };
}

/** @param content of a frame's segment, {@link FRAME_SIZE_BYTES} at least; changed */
export function writeFrameSize(content: Uint8Array, { width, height }: PictureSize): void {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  view.setUint16(HEIGHT_OFFSET, height);
  view.setUint16(WIDTH_OFFSET, width);
}
