/** A picture's size from the few bytes of its header, to plan a run by; decoding checks it properly. */

import { type FileHandle, open } from "node:fs/promises";
import { MAX_PIXELS } from "./decoding/pictureLimits.ts";
import { isFrameMarker } from "./jpeg/readJpegHeader.ts";

/** Width and height as the file stores them. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** PNG: signature, length and type of IHDR, width, height. */
const PNG_BYTES = 24;
/** JPEG: marker, length, precision, height, width. */
const FRAME_BYTES = 9;
/** Segments before the frame: metadata in pieces of 64 KiB, tables. More is no picture to plan by. */
const MAX_SEGMENTS = 1000;
/** Of formats whose header is not read: a bit for a pixel, as small as AVIF and WebP get at good quality. */
const PIXELS_PER_BYTE = 8;

/** @returns undefined for what cannot be read, or has no pixels or too many; restoring it tells why */
export async function pictureSize(path: string): Promise<PictureSize | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const size = await sizeIn(file);
    const pixels = size.width * size.height;
    return pixels > 0 && pixels <= MAX_PIXELS ? size : undefined;
  } catch {
    return undefined; // a folder, a disk error: said when the picture is read
  } finally {
    await file.close();
  }
}

async function sizeIn(file: FileHandle): Promise<PictureSize> {
  const head = await bytesAt(file, 0, PNG_BYTES);
  if (head.toString("latin1", 0, 8) === "\x89PNG\r\n\x1a\n") {
    return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  }
  const frame = head.readUInt16BE(0) === 0xffd8 ? await jpegFrame(file) : undefined;
  if (frame !== undefined) return { width: frame.readUInt16BE(7), height: frame.readUInt16BE(5) };
  const { size } = await file.stat();
  const side = Math.ceil(Math.sqrt(size * PIXELS_PER_BYTE));
  return { width: side, height: side };
}

/** The first SOF segment (T.81, B.2.2); undefined where the segments do not lead to one. */
async function jpegFrame(file: FileHandle): Promise<Buffer | undefined> {
  let at = 2;
  for (let segments = 0; segments < MAX_SEGMENTS; segments++) {
    const segment = await bytesAt(file, at, FRAME_BYTES);
    const marker = segment.readUInt8(1);
    if (segment.readUInt8(0) !== 0xff) return undefined;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    if (isFrameMarker(marker)) return segment;
    at += 2 + segment.readUInt16BE(2);
  }
  return undefined;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(length), position });
  return buffer;
}
