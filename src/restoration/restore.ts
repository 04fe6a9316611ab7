/** One call from picture to picture, with a cache of loaded restorers. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { orAborted, throwIfAborted } from "../base/abort.ts";
import type { ImageSource } from "../io/readImage.ts";
import type { AutoRestorer } from "./AutoRestorer.ts";
import { createRestorer } from "./createRestorer.ts";
import { disposeWhenLoaded } from "./disposeWhenLoaded.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import type { RestoreOptions } from "./RestoreOptions.ts";
import type { Restorer } from "./Restorer.ts";
import type { RestorerOptions } from "./RestorerOptions.ts";
import { checkTask, type TaskOrAuto } from "./tasks.ts";

/** Restorers that stay loaded: one for each task with default weights, and one for weights of the user's. */
const CACHED_RESTORERS = 3;

interface CacheEntry {
  readonly restorer: Promise<Restorer | AutoRestorer>;
  /** Calls that are using it. */
  uses: number;
}

/** Restorers by what they were made from, the least recently used first. */
const cache = new Map<string, CacheEntry>();

/**
 * Restores one picture. The weights stay loaded for the next call; for control over that, see
 * `createRestorer`.
 *
 * @param image path, file: URL, PNG or JPEG bytes, `{ data, width, height }`, or a tf.Tensor3D, which
 *   stays the caller's
 * @param task `"denoise"`, `"deblur"` or `"inpaint"`, or `"auto"`: what the picture's noise and blur ask for
 * @throws NafnetError with a stable `code`
 * @example
 * const sharp = await restore("blurry.jpg", "deblur");
 * await sharp.save("sharp.png");
 */
export async function restore(
  image: ImageSource,
  task: TaskOrAuto,
  options: RestorerOptions & RestoreOptions = {},
): Promise<RestoredImage> {
  const { mask, strength, detail, checks, maxPixels, onProgress, signal, ...restorerOptions } =
    options;
  const restoreOptions = { mask, strength, detail, checks, maxPixels, onProgress, signal };
  throwIfAborted(signal);
  const cached = await acquire(checkTask(task), restorerOptions);
  try {
    // Loading goes on for the next call: others may wait for it, too.
    const restorer = await orAborted(cached.restorer, signal);
    return await restorer.restore(image, restoreOptions);
  } finally {
    cached.uses--;
    evict();
  }
}

async function acquire(task: TaskOrAuto, options: RestorerOptions): Promise<CacheEntry> {
  const key = JSON.stringify([task, options, await fingerprint(options.weights)]);
  const cached = cache.get(key) ?? { restorer: createRestorer(task, options), uses: 0 };
  cached.uses++;
  cache.delete(key);
  cache.set(key, cached); // now the most recently used
  cached.restorer.catch(() => cache.delete(key)); // a failure is the caller's, and not kept
  return cached;
}

function evict(): void {
  for (const [key, { restorer, uses }] of cache) {
    if (cache.size <= CACHED_RESTORERS) return;
    if (uses > 0) continue;
    cache.delete(key);
    disposeWhenLoaded(restorer);
  }
}

/** Changes when the file does, so that a checkpoint written anew is read anew. */
async function fingerprint(weights: string | undefined): Promise<string> {
  if (weights === undefined) return "";
  // A folder's own time stays when a file in it is overwritten; its model.json has the shards' hashes.
  const stats = await stat(join(weights, "model.json"))
    .catch(() => stat(weights))
    .catch(() => undefined); // createRestorer reports a missing path
  return stats === undefined ? "" : `${stats.size} ${stats.mtimeMs}`;
}
