import { messageOf, NafnetError } from "../../base/errors.ts";

export type SharpModule = typeof import("sharp").default;

/**
 * Imports the optional package sharp.
 *
 * @param code of the error where it is missing
 * @param what was to be done, for the message
 * @param otherwise what can be done without it
 */
export async function loadSharp(
  code: "INPUT_UNSUPPORTED" | "OUTPUT_FAILED",
  what: string,
  otherwise: string,
): Promise<SharpModule> {
  try {
    return (await import(/* webpackIgnore: true */ "sharp")).default;
  } catch (error) {
    throw new NafnetError(
      code,
      `${what} by the package sharp, which does not load (${messageOf(error).split("\n")[0]}); ` +
        `npm install sharp, or ${otherwise}`,
      error,
    );
  }
}
