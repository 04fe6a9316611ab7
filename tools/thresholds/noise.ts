/**
 * Fits the weights of src/restoration/analysis/MethodNoiseMeter.ts on one half of the pictures, and counts on both
 * halves how often noise is told from none.
 *
 *     npx tsx tools/thresholds/noise.ts [DATA]
 *
 * DATA is the folder with bench/, noise/ and train/ in it, by default ../shared/data.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSync } from "../../src/base/interruptible.ts";
import { methodNoise } from "../../src/restoration/analysis/analyse.ts";
import { NOISE_THRESHOLD } from "../../src/restoration/analysis/decide.ts";
import { measure } from "../../src/restoration/analysis/measure.ts";
import { openPlan } from "../quality/openPlan.ts";
import { analysisSets, HALVES, type Half } from "./analysisSets.ts";
import { logisticRegression, type Observation } from "./logisticRegression.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [data = join(root, "../shared/data")] = process.argv.slice(2);

/**
 * What an observation of a set counts. PolyU's photographs are the rarest kind, and what this is for; training
 * photographs have noise of their own, elementary's wallpapers visibly.
 */
const WEIGHTS: Readonly<Record<string, number>> = {
  "PolyU, cameras": 6,
  "PolyU, means of 500": 2,
  "train, bsds": 0.3,
  "train, sunhays": 0.3,
  "train, elementary": 0.05,
  drawings: 2,
};
/** Scores, so logarithms of odds, at which is counted. */
const SCORES = [-1.1, -0.7, -0.3, 0] as const;

interface Measured extends Observation {
  readonly set: string;
  readonly half: Half;
}

const plan = await openPlan(join(root, "weights/denoise"));
const measured: Measured[] = [];
for (const { name, wanted, specimens } of await analysisSets(data)) {
  if (wanted === undefined) continue;
  for (const { read, half } of specimens) {
    const raster = await read();
    if (runSync(measure(raster)).noiseSigma >= NOISE_THRESHOLD) continue; // is not asked about
    const figures = (await methodNoise(raster, (tile) => plan.run(tile))).figures();
    if (figures === null) continue;
    const weight = WEIGHTS[name] ?? 1;
    measured.push({ set: name, half, figures, weight, isPositive: wanted === "denoise" });
  }
}
plan.dispose();

const fitted = logisticRegression(measured.filter(({ half }) => half === "fitted"));
console.log(`bias ${fitted.bias.toFixed(2)}, weights ${fitted.weights.map((w) => w.toFixed(2))}`);
console.log(`noise found at scores of ${SCORES.join(", ")}; of`);
for (const half of HALVES) {
  for (const set of new Set(measured.map(({ set }) => set))) {
    const scores = measured
      .filter((picture) => picture.set === set && picture.half === half)
      .map(({ figures }) =>
        figures.reduce((sum, figure, i) => sum + fitted.weights[i]! * figure, fitted.bias),
      );
    const counts = SCORES.map((from) => scores.filter((score) => score >= from).length);
    console.log(`${half}: ${set.padEnd(28)} ${counts.join(" ")}; ${scores.length}`);
  }
}
