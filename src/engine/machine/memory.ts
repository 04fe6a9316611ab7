/** The memory that engines may use, and the error where it does not suffice. */

import { freemem } from "node:os";
import { addressSpaceLeft } from "../../base/addressSpace.ts";
import { NafnetError } from "../../base/errors.ts";
import { formatBytes } from "../../base/formatBytes.ts";
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
  const needed = formatBytes(memoryBytes, Math.ceil);
  const usable = formatBytes(limitBytes, Math.floor);
  const most = formatPixels(width * height * (limitBytes / memoryBytes));
  throw new NafnetError(
    "MEMORY_LIMIT",
    `A picture of ${width}x${height} needs about ${needed} on ${engine}, which may use ${usable}: give it at most ${most}${remedy}.`,
  );
}

function formatPixels(pixels: number): string {
  const megapixels = Math.floor(pixels / 1e5) / 10;
  return megapixels < 1 ? `${Math.floor(pixels)} pixels` : `${megapixels} megapixels`;
}
