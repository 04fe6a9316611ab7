/**
 * The figures that src/restoration/analysis takes its thresholds from, and counts of "auto"'s decisions with them.
 *
 *     npx tsx tools/thresholds/analysis.ts [DATA]
 *
 * DATA is the folder with bench/ in it, by default ../shared/data. Kodak's pictures of even number and of odd
 * number are counted apart: what is fitted to one half is to hold for the other.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSync } from "../../src/base/interruptible.ts";
import type { Decision } from "../../src/restoration/analysis/Analysis.ts";
import { analyse } from "../../src/restoration/analysis/analyse.ts";
import { blur, both, type Damage, jpeg, noise, type Picture, pngs } from "./pictures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [data = join(root, "../shared/data")] = process.argv.slice(2);

const unchanged: Damage = (raster) => raster;
const DAMAGES: ReadonlyArray<readonly [name: string, wanted: Decision, damage: Damage]> = [
  ["clean", "nothing", unchanged],
  ["JPEG 90", "nothing", jpeg(90)],
  ["JPEG 70", "nothing", jpeg(70)],
  ["noise 5", "denoise", noise(5)],
  ["noise 10", "denoise", noise(10)],
  ["noise 15", "denoise", noise(15)],
  ["noise 25", "denoise", noise(25)],
  ["noise 50", "denoise", noise(50)],
  ["noise 10, JPEG 90", "denoise", both(noise(10), jpeg(90))],
  ["noise 25, JPEG 80", "denoise", both(noise(25), jpeg(80))],
  ["blur 1.5", "deblur", blur(1.5)],
  ["blur 2.5", "deblur", blur(2.5)],
  ["blur 1.5, JPEG 90", "deblur", both(blur(1.5), jpeg(90))],
];

console.log(
  "pictures             noise sigma      blur sigma       denoise deblur nothing, wanted",
);
const kodak = await pngs(join(data, "bench/kodak24"));
const even = kodak.filter((_, i) => i % 2 === 1); // kodim02, kodim04, …
const odd = kodak.filter((_, i) => i % 2 === 0);
for (const [half, pictures] of [
  ["even", even],
  ["odd", odd],
] as const) {
  for (const [name, wanted, damage] of DAMAGES)
    await row(`${half}: ${name}`, pictures, wanted, damage);
}
for (const folder of ["bench/gopro", "pairs/gopro"]) {
  await row(`${folder} sharp`, await pngs(join(data, folder), ".sharp.png"), "nothing", unchanged);
  await row(`${folder} blur`, await pngs(join(data, folder), ".blur.png"), "deblur", unchanged);
}
await row("bench/old", await pngs(join(data, "bench/old")), undefined, unchanged);

async function row(
  name: string,
  pictures: readonly Picture[],
  wanted: Decision | undefined,
  damage: Damage,
): Promise<void> {
  const counts: Record<Decision, number> = { denoise: 0, deblur: 0, nothing: 0 };
  const noises: number[] = [];
  const blurs: number[] = [];
  for (const { read } of pictures) {
    const { noiseSigma, blurSigma, decision } = runSync(analyse(await damage(await read())));
    counts[decision]++;
    noises.push(noiseSigma);
    if (blurSigma !== null) blurs.push(blurSigma);
  }
  const { denoise, deblur, nothing } = counts;
  console.log(
    `${name.padEnd(20)} ${range(noises)} ${range(blurs)}   ${denoise} ${deblur} ${nothing}, ${wanted ?? "unknown"}`,
  );
}

function range(values: readonly number[]): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return ends.join("–").padEnd(16);
}
