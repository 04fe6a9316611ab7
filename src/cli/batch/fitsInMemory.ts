import type { Estimate } from "../../engine/Engine.ts";
import type { PictureSize } from "../../io/pictureSize.ts";
import { pixelCount } from "./pictureSizes.ts";

/**
 * The most pictures at a time: one is decoded, one is in the network, one is encoded. The network has all cores, so
 * more gain nothing.
 */
const MAX_PICTURES = 3;

/** Bytes of a picture that waits or is written: float colour in and out, 24, and rasters of up to 16 bits, 16. */
const BYTES_PER_PIXEL = 40;

/**
 * Whether pictures may be worked on at a time: the network runs the largest of them without a scratch file
 * beside all of them decoded. Otherwise one at a time has the memory to itself.
 *
 * @param sizes undefined: not known, which may be anything
 */
export async function fitsInMemory(
  sizes: readonly (PictureSize | undefined)[],
  estimate: (width: number, height: number) => Promise<Estimate>,
): Promise<boolean> {
  if (sizes.length > MAX_PICTURES) return false;
  const known = sizes.filter((size) => size !== undefined);
  const largest = known.toSorted((a, b) => pixelCount(b) - pixelCount(a))[0];
  if (largest === undefined || known.length < sizes.length) return false;
  // Sizes that no engine works on have no estimate; restoring them tells.
  const needed = await estimate(largest.width, largest.height).catch(() => undefined);
  if (needed === undefined) return false;
  const { memoryBytes, limitBytes, scratchBytes } = needed;
  const decodedBytes = known.reduce((sum, size) => sum + BYTES_PER_PIXEL * pixelCount(size), 0);
  return scratchBytes === 0 && memoryBytes + decodedBytes <= limitBytes;
}
