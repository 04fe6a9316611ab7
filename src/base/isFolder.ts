import { stat } from "node:fs/promises";
import { NafnetError } from "./errors.ts";

/**
 * Tells a folder from a file.
 *
 * @param expected a phrase for the message, e.g. "a picture or a folder"
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
