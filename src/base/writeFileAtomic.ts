import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, NafnetError } from "./errors.ts";
import { temporaryPath } from "./temporaryFile.ts";

/**
 * Writes a file by way of a temporary one in the same folder, so that a reader, a crash or a full
 * disk never leaves half a file under the name. Missing folders are made. An existing file is
 * replaced, a symbolic link as well: the link, not the file that it points to.
 *
 * @param path the file
 * @param bytes its contents
 * @throws NafnetError OUTPUT_FAILED with the cause; the temporary file is removed
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryPath(folder);
  try {
    await mkdir(folder, { recursive: true });
    // "wx": the name is ours alone, or this fails.
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      // Without it, a power cut after the rename can leave an empty file.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch((second: unknown) => {
      throw new NafnetError(
        "OUTPUT_FAILED",
        `${path}: could not be written (${messageOf(error)}), and ${temporary} could not be ` +
          `removed (${messageOf(second)})`,
        error,
      );
    });
    throw new NafnetError(
      "OUTPUT_FAILED",
      `${path}: could not be written: ${messageOf(error)}`,
      error,
    );
  }
}
