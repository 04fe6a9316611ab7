import { type FileHandle, open } from "node:fs/promises";
import type { PictureSize, ReadBytes } from "./decoding/PictureSize.ts";
import { MAX_PIXELS } from "./decoding/pictureLimits.ts";
import { readJpegSize } from "./jpeg/readJpegSize.ts";
import { readPngSize } from "./png/readPngSize.ts";

export type { PictureSize } from "./decoding/PictureSize.ts";

/** Pixels a byte of other formats, whose headers are not read: as small as AVIF and WebP get at good quality. */
const PIXELS_PER_BYTE = 8;

/**
 * Reads a picture's size from the few bytes of its header, to plan a run by. Only decoding checks the file.
 * For formats other than PNG and JPEG it is a guess from the file's size.
 *
 * @returns undefined for what cannot be read, or has no pixels or too many; decoding it tells why
 */
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
  const read: ReadBytes = async (position, length) => {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
    return buffer.subarray(0, bytesRead);
  };
  return (await readPngSize(read)) ?? (await readJpegSize(read)) ?? (await guessedSize(file));
}

async function guessedSize(file: FileHandle): Promise<PictureSize> {
  const { size } = await file.stat();
  const side = Math.ceil(Math.sqrt(size * PIXELS_PER_BYTE));
  return { width: side, height: side };
}
