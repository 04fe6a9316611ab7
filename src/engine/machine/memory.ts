/** The memory that engines may use, and the error where it does not suffice. */

import { freemem } from "node:os";
import { addressSpaceLeft } from "../../base/addressSpace.ts";
import { NafnetError } from "../../base/errors.ts";
import type { Estimate } from "../Engine.ts";
import { cgroupAvailableBytes } from "./cgroup.ts";

/** The share of the available memory that a run may use: other programs may want some. */
const MACHINE_SHARE = 0.85;

/** The default of `maxMemoryBytes`: a share of what the machine, the process's cgroup and its limits have available. */
export function usableBytes(): number {
  return MACHINE_SHARE * Math.min(freemem(), cgroupAvailableBytes(), addressSpaceLeft());
}

/**
 * Checks that a picture fits into memory.
 *
 * @param engine for the message
 * @param remedy what can be done besides giving a smaller picture, as the end of a sentence
 * @throws NafnetError `MEMORY_LIMIT` if the picture needs more than there is, with both figures and what to do
 */
export function checkMemory(
  { memoryBytes, limitBytes }: Pick<Estimate, "memoryBytes" | "limitBytes">,
  engine: string,
  { width, height }: { readonly width: number; readonly height: number },
  remedy: string = "",
): void {
  if (memoryBytes <= limitBytes) return;
  const most = ((width * height) / 1e6) * (limitBytes / memoryBytes);
  throw new NafnetError(
    "MEMORY_LIMIT",
    `A picture of ${width}x${height} needs about ${gibibytes(memoryBytes)} on ${engine}, which may use ${gibibytes(limitBytes)}: give it at most ${most.toFixed(1)} megapixels${remedy}.`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
