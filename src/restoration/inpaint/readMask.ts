/** The mask of inpainting: a picture of the same size, painted where something is to be filled in. */

import { NafnetError } from "../../base/errors.ts";
import { runAsync } from "../../base/interruptible.ts";
import type { Raster } from "../../image/Raster.ts";
import { readImage } from "../../io/readImage.ts";
import type { RestoreOptions } from "../RestoreOptions.ts";
import type { TaskOrAuto } from "../tasks.ts";
import { findHoles, type Holes } from "./findHoles.ts";

/**
 * Reads the mask for a picture, and what it marks.
 *
 * @throws NafnetError `INVALID_ARGUMENT` where there is none or it has another size, `INPUT_…`
 */
export async function readMask(
  { width, height }: Raster,
  { mask, maxPixels, signal }: RestoreOptions,
): Promise<Holes> {
  if (mask === undefined) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      "Expected a mask for inpaint: a picture of the same size, painted where something is to be filled in.",
    );
  }
  const { raster, name } = await readImage(mask, { maxPixels, signal });
  if (raster.width !== width || raster.height !== height) {
    throw new NafnetError(
      "INVALID_ARGUMENT",
      `Expected a mask of ${width}x${height}, as the picture, but ${name} is ${raster.width}x${raster.height}.`,
    );
  }
  return runAsync(findHoles(raster, name));
}

/** @throws NafnetError `INVALID_ARGUMENT` if a task other than inpaint is given a mask */
export function checkNoMask(
  task: Exclude<TaskOrAuto, "inpaint">,
  { mask }: Pick<RestoreOptions, "mask">,
): void {
  if (mask === undefined) return;
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected no mask for ${task}; only inpaint takes one.`,
  );
}
