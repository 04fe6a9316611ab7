/** Parsers of flag values, for commander. */

import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "commander";
import { invalidArgument, messageOf, quoted } from "../../base/errors.ts";
import { parseBytes } from "./parseBytes.ts";

/**
 * Parses a path, which may be a `file:` URL.
 *
 * @throws NafnetError `INVALID_ARGUMENT` for other URLs and damaged ones
 */
export function parsePath(value: string): string {
  if (/^file:/i.test(value)) {
    try {
      return fileURLToPath(value);
    } catch (error) {
      throw invalidArgument("the path", "a path or a file: URL", quoted(value), messageOf(error));
    }
  }
  // Two letters at least, so that C:\photo.png is a path.
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) return value;
  throw invalidArgument("the path", "a path or a file: URL", quoted(value), "download it first");
}

/** Parses one of several paths. @param earlier those before it; undefined for the first */
export function parsePaths(value: string, earlier: string[] = []): string[] {
  earlier.push(parsePath(value));
  return earlier;
}

/** Parses --bits, and checks its choices: a parser of one's own takes the place of commander's check. */
export function parseBits(value: string): 8 | 16 {
  if (value === "8") return 8;
  if (value === "16") return 16;
  throw new InvalidArgumentError("Allowed choices are 8, 16.");
}

/** Parses a share of 0 to 1. */
export function parseShare(value: string): number {
  const share = value.trim() === "" ? Number.NaN : Number(value);
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/** Parses a quality of 1 to 100. */
export function parseQuality(value: string): number {
  if (/^([1-9]\d?|100)$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number from 1 to 100.");
}

/** Parses a number of threads. */
export function parseThreads(value: string): number {
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

/** Parses a size such as `2GiB`, to bytes. */
export function parseSize(value: string): number {
  const bytes = parseBytes(value);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Expected a size such as 2GiB, 800MB or a number of bytes.");
}
