import { messageOf, NafnetError } from "../../base/errors.ts";

/**
 * Turns anything that a decoder threw into a NafnetError: a failed allocation into INPUT_TOO_LARGE,
 * everything else, TypeErrors on damaged structures included, into INPUT_CORRUPT.
 *
 * @param name the picture's name
 * @param format "PNG" or "JPEG"
 * @param error anything; a NafnetError is returned as it is
 */
export function decoderError(name: string, format: string, error: unknown): NafnetError {
  if (error instanceof NafnetError) return error;
  if (error instanceof RangeError && /allocation failed|invalid.*length/i.test(error.message)) {
    return new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: not enough memory to decode this ${format}: ${error.message}; scale it down`,
      error,
    );
  }
  return new NafnetError(
    "INPUT_CORRUPT",
    `${name}: the ${format} is truncated or damaged: ${messageOf(error)}`,
    error,
  );
}
