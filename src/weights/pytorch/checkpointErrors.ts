/** The errors of reading a checkpoint. */

import { NafnetError } from "../../base/errors.ts";

/** The error for a file that contradicts itself or stops early. */
export function corruptCheckpoint(message: string, cause?: unknown): NafnetError {
  return new NafnetError("CHECKPOINT_CORRUPT", message, cause);
}

/** The error for a pickle that asks for something outside the allow-list. */
export function forbiddenCheckpoint(message: string): NafnetError {
  return new NafnetError("CHECKPOINT_FORBIDDEN", message);
}

/** The error for a sound file of a kind that is not read. */
export function unsupportedCheckpoint(message: string): NafnetError {
  return new NafnetError("CHECKPOINT_UNSUPPORTED", message);
}
