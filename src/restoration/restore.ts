/** One call from picture to picture. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { orAborted, throwIfAborted } from "../base/abort.ts";
import type { ImageSource } from "../io/readImage.ts";
import type { AutoRestorer } from "./AutoRestorer.ts";
import type { RestoredImage } from "./RestoredImage.ts";
import {
  createRestorer,
  type RestoreOptions,
  type Restorer,
  type RestorerOptions,
} from "./Restorer.ts";
import { checkTask, type TaskOrAuto } from "./tasks.ts";

/** How many restorers stay loaded: each task's default weights and one of the user's. */
const CACHED_RESTORERS = 3;

interface Cached {
  readonly restorer: Promise<Restorer | AutoRestorer>;
  /** Calls that are using it. */
  uses: number;
}

/** Restorers by what they were made from, the least recently used first. */
const cache = new Map<string, Cached>();

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

async function acquire(task: TaskOrAuto, options: RestorerOptions): Promise<Cached> {
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
    restorer.then(
      (unused) => unused.dispose(),
      () => undefined, // whoever wanted it has the error, unless they no longer did
    );
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
