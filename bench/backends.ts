/**
 * Times the default weights on each tfjs backend that is present, in one run:
 *
 *     npm run bench -- [PICTURE]
 *
 * PICTURE is by default a 500x500 crop of the Kodak set in ../shared/data. Prints a line a backend and
 * task: the median of the runs after one that warms up, in milliseconds; cpu runs once.
 */

import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { createRestorer } from "../src/restorer.ts";
import { backends, useBackend } from "../test/parity/backends.ts";

const RUNS = 5;
const root = fileURLToPath(new URL("..", import.meta.url));
const [picture = join(root, "../shared/data/bench/kodak24/kodim05.png")] = process.argv.slice(2);

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}`,
);
for (const { name, skipped } of backends.toReversed()) {
  if (skipped !== undefined) {
    console.log(`${name}: skipped: ${skipped}`);
    continue;
  }
  await useBackend(name);
  for (const task of ["denoise", "deblur"] as const) {
    const restorer = await createRestorer(task);
    const elapsedMs: number[] = [];
    for (let run = 0; run < (name === "cpu" ? 1 : RUNS + 1); run++) {
      const start = performance.now();
      await restorer.restore(picture);
      elapsedMs.push(performance.now() - start);
    }
    restorer.dispose();
    const counted = elapsedMs.length > 1 ? elapsedMs.slice(1) : elapsedMs;
    const median = counted.toSorted((a, b) => a - b)[Math.floor(counted.length / 2)] ?? Number.NaN;
    console.log(`tfjs (${tf.getBackend()}) ${task}: ${Math.round(median)} ms`);
  }
}
