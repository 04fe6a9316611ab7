/**
 * Decisions of task "auto" and what they do to the pictures, on both halves of each set: the half that the weights of
 * tools/thresholds/noise.ts are fitted to, and the one that judges them.
 *
 *     npx tsx tools/thresholds/analysis.ts [DATA]
 *
 * DATA is the folder with bench/, noise/ and train/ in it, by default ../shared/data.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRestorer } from "../../src/index.ts";
import { psnr } from "../../src/metrics/psnr.ts";
import type { Analysis } from "../../src/restoration/analysis/Analysis.ts";
import { type AnalysisSet, analysisSets, HALVES, type Specimen } from "./analysisSets.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [data = join(root, "../shared/data")] = process.argv.slice(2);

using auto = await createRestorer("auto");
using denoise = await createRestorer("denoise");

console.log(
  "half, set: denoise deblur nothing (wanted); noise sigma, probability, blur sigma; PSNR of the picture, auto, denoise",
);
for (const set of await analysisSets(data)) {
  for (const half of HALVES) {
    const specimens = set.specimens.filter((specimen) => specimen.half === half);
    console.log(`${half}, ${await row(set, specimens)}`);
  }
}

async function row({ name, wanted }: AnalysisSet, specimens: readonly Specimen[]): Promise<string> {
  const counts = { denoise: 0, deblur: 0, nothing: 0 };
  const analyses: Analysis[] = [];
  const psnrs: number[][] = [];
  for (const { read, truth } of specimens) {
    const raster = await read();
    const restored = await auto.restore(raster);
    const { analysis } = restored.receipt;
    counts[analysis!.decision]++;
    analyses.push(analysis!);
    if (truth === null) continue;
    const reference = await truth();
    const denoised = wanted === "denoise" ? await denoise.restore(raster) : raster;
    psnrs.push([raster, restored, denoised].map((picture) => psnr(picture, reference)));
  }
  const means = [0, 1, 2].map((i) => psnrs.reduce((sum, row) => sum + row[i]!, 0) / psnrs.length);
  const figures = [
    range(analyses.map(({ noiseSigma }) => noiseSigma)),
    range(analyses.map(({ noiseProbability }) => noiseProbability)),
    range(analyses.map(({ blurSigma }) => blurSigma)),
  ];
  const decided = `${counts.denoise} ${counts.deblur} ${counts.nothing} (${wanted ?? "unknown"})`;
  return `${name}: ${decided}; ${figures.join(", ")}; ${means.map((mean) => mean.toFixed(2)).join(", ")}`;
}

function range(values: ReadonlyArray<number | null>): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  return `${Math.min(...known).toFixed(2)}–${Math.max(...known).toFixed(2)}`;
}
