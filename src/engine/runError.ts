import { NafnetError } from "../base/errors.ts";

/**
 * The error of a run that failed: `ENGINE failed on a picture of WIDTHxHEIGHT: PROBLEM`.
 *
 * @param engine as {@link Plan.engine} names it
 * @param problem the end of the sentence
 */
export function runError(
  code: "ENGINE_FAILED" | "MEMORY_LIMIT",
  engine: string,
  { width, height }: { readonly width: number; readonly height: number },
  problem: string,
  cause?: unknown,
): NafnetError {
  return new NafnetError(
    code,
    `${engine} failed on a picture of ${width}x${height}: ${problem}`,
    cause,
  );
}
