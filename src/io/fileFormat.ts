import { open, stat } from "node:fs/promises";
import { detectFormat } from "./detectFormat.ts";
import type { PictureFormat } from "./formats.ts";

/** Bytes that every format is told by. */
const HEAD_BYTES = 1024;

/**
 * The format of a file by its first bytes, whatever its name.
 *
 * @returns undefined for what cannot be read, or is no format that is decoded; decoding it tells why
 */
export async function fileFormat(path: string): Promise<PictureFormat | undefined> {
  // Opening a pipe waits for its writer.
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  const file = isFile ? await open(path).catch(() => undefined) : undefined;
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(HEAD_BYTES),
      position: 0,
    });
    return detectFormat(buffer.subarray(0, bytesRead))?.format;
  } catch {
    return undefined; // a disk error: said when the picture is read
  } finally {
    await file.close();
  }
}
