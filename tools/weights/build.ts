/**
 * Makes weights/ anew: converts each default checkpoint with our own reader, measures the result and
 * writes its model card.
 *
 *     npm run weights -- CHECKPOINTS DATA
 *
 * CHECKPOINTS is the folder with the .pth files of defaults.ts, DATA the one with bench/ in it; by default
 * ../shared/checkpoints and ../shared/data.
 */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../src/base/writeFileAtomic.ts";
import { convertCheckpoint } from "../../src/weights/convertCheckpoint.ts";
import { readCheckpoint } from "../../src/weights/pytorch/readCheckpoint.ts";
import type { Weights } from "../../src/weights/Weights.ts";
import { writeWeights } from "../../src/weights/writeWeights.ts";
import { type Measurement, measure } from "../quality/measure.ts";
import { openPlan } from "../quality/openPlan.ts";
import { DEFAULT_WEIGHTS, type DefaultWeights } from "./defaults.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [checkpoints = join(root, "../shared/checkpoints"), data = join(root, "../shared/data")] =
  process.argv.slice(2);

for (const entry of DEFAULT_WEIGHTS) {
  const { task, training } = entry;
  const folder = join(root, "weights", task);
  const checkpoint = await readCheckpoint(join(checkpoints, entry.checkpoint));
  const known = { task, training, license: "MIT" };
  const { weights, warnings } = convertCheckpoint(checkpoint, entry.checkpoint, known);
  for (const warning of warnings) console.log(`${task}: ${warning}`);
  await writeWeights(weights, folder);
  console.log(`${task}: ${weights.network.summary} -> weights/${task}`);

  const plan = await openPlan(folder);
  const rows: Measurement[] = [];
  for (const benchmark of await entry.benchmarks(data)) {
    const row = await measure(plan, benchmark);
    rows.push(row);
    console.log(
      `${task}: ${row.pictures}: ${row.before} -> ${row.after} dB (${row.count} pictures)`,
    );
  }
  const card = modelCard(entry, weights, rows, plan.engine, await folderBytes(folder));
  await writeFileAtomic(join(folder, "README.md"), new TextEncoder().encode(card));
  plan.dispose();
}

async function folderBytes(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name !== "README.md");
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function modelCard(
  { task, training, limits }: DefaultWeights,
  { network, tensors, metadata }: Weights,
  rows: readonly Measurement[],
  engine: string,
  bytes: number,
): string {
  const parameters = [...tensors.values()].reduce(
    (sum, { data: values }) => sum + values.length,
    0,
  );
  const decibels = (value: number): string => value.toFixed(2);
  return `# ${task}: default weights

${network.summary}; ${(parameters / 1e6).toFixed(2)} million parameters, float32, ${(bytes / 1e6).toFixed(1)} MB. Licence: ${metadata.license}.

## Trained on

${training}.

## Measured

PSNR in dB, RGB, rounded to 8 bits, mean over the pictures; measured on ${engine}.

| pictures | count | before | after |
|---|---|---|---|
${rows.map((row) => `| ${row.pictures} | ${row.count} | ${decibels(row.before)} | ${decibels(row.after)} |`).join("\n")}

## Limits

${limits.map((limit) => `- ${limit}`).join("\n")}

## Converted

\`npm run weights\` wrote this folder from \`${metadata.source.file}\` (SHA-256 \`${metadata.source.sha256}\`)
with nafnet's own reader of PyTorch checkpoints, and this card with it. The SHA-256 of each shard is in
model.json.
`;
}
