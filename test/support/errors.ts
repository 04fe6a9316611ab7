/** Catches an error that must come, so that a test can look at its code and message. */

import { NafnetError } from "../../src/base/errors.ts";

/** The NafnetError that `action` throws; fails the test for any other error and for none. */
export function errorOf(action: () => unknown): NafnetError {
  try {
    action();
  } catch (error) {
    return asNafnetError(error);
  }
  throw new Error("Expected a NafnetError but nothing was thrown.");
}

/** The NafnetError that `promise` rejects with; fails the test for any other error and for none. */
export async function rejectionOf(promise: Promise<unknown>): Promise<NafnetError> {
  try {
    await promise;
  } catch (error) {
    return asNafnetError(error);
  }
  throw new Error("Expected a NafnetError but the promise was fulfilled.");
}

function asNafnetError(error: unknown): NafnetError {
  if (error instanceof NafnetError) return error;
  throw new Error(`Expected a NafnetError but received ${String(error)}`, { cause: error });
}
