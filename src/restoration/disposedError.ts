import { NafnetError } from "../base/errors.ts";

/** The error of calls of a restorer that has been disposed. */
export function disposedError(): NafnetError {
  return new NafnetError(
    "INVALID_ARGUMENT",
    "Expected a restorer with its weights but it has been disposed; create another.",
  );
}
