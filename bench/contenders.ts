/** The engines and numbers of threads for each case. */

import type { Contender } from "./Fleet.ts";
import type { BenchModel, Size } from "./models.ts";
import { type BenchOptions, defaultThreads } from "./options.ts";

/** The size that is measured with one thread too. */
const SCALING_SIZE = "512x512";
/** Pixels from which on peers that take a minute and more a run are left out, unless they are asked for by name. */
const PHOTO_PIXELS = 4e6;

export function contendersFor(
  model: BenchModel,
  [width, height]: Size,
  options: Pick<BenchOptions, "engines" | "areEnginesChosen" | "threads">,
): Contender[] {
  const isPhoto = width * height >= PHOTO_PIXELS;
  const most = defaultThreads();
  const scales = model.isScaled && `${width}x${height}` === SCALING_SIZE;
  const threads = options.threads ?? [...new Set(scales ? [most, 1] : [most])];
  return options.engines
    .filter((engine) => !isPhoto || options.areEnginesChosen || engine.isFast)
    .flatMap((engine) =>
      (engine.hasThreads ? threads : [1]).map((count) => ({ engine, threads: count })),
    );
}

/** Order of sizes, small ones first: memory that a process keeps of a size does not count for a larger one. */
export function byPixels([a, b]: Size, [c, d]: Size): number {
  return a * b - c * d;
}
