import { stat } from "node:fs/promises";
import { NafnetError } from "./errors.ts";

/**
 * Whether a path is a folder.
 *
 * @param expected what the path was to be, for the message
 * @throws NafnetError `INPUT_NOT_FOUND` if there is nothing
 */
export async function isFolder(path: string, expected: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new NafnetError(
      "INPUT_NOT_FOUND",
      `Expected ${expected} but there is no ${path}.`,
      error,
    );
  }
}
