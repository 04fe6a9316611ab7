/** Sizes of the pictures of a batch, which memory and progress are reckoned by. */

import { type PictureSize, pictureSize } from "../../io/pictureSize.ts";
import type { Job } from "./Job.ts";

/** Sizes by input; undefined where the file does not tell its size. */
export type PictureSizes = ReadonlyMap<string, PictureSize | undefined>;

/** Reads the size of each picture; a single one runs alone and needs none, so 1x1 stands for it. */
export async function pictureSizes(jobs: readonly Job[]): Promise<PictureSizes> {
  const sizes = new Map<string, PictureSize | undefined>();
  for (const { input } of jobs) {
    sizes.set(input, jobs.length > 1 ? await pictureSize(input) : { width: 1, height: 1 });
  }
  return sizes;
}

/** Pixels of a picture; 0 where its size is not known. */
export function pixelCount(size: PictureSize | undefined): number {
  return size === undefined ? 0 : size.width * size.height;
}
