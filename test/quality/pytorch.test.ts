/**
 * The default weights give the figures that PyTorch gave, on the same pictures with the same noise:
 * whatever differs between the two is too little to see in the second decimal of a decibel.
 */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { defaultWeights } from "../../src/restoration/tasks.ts";
import {
  type Benchmark,
  type Measurement,
  measure,
  motionBenchmark,
  noiseBenchmark,
} from "../../tools/quality/measure.ts";
import { openPlan } from "../../tools/quality/openPlan.ts";

const data = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const table = fileURLToPath(new URL("../../../shared/checkpoints/README.md", import.meta.url));
const absent =
  existsSync(`${data}/bench`) && existsSync(table)
    ? ""
    : " (skipped: no ../shared/data/bench or ../shared/checkpoints/README.md)";

/** Tolerance in dB. Equal when measured; both sides are rounded to 0.01, so one step of that is let pass. */
const TOLERANCE = 0.015;
/** Time limit of a test: on the wasm backend a Kodak picture takes 2.5 s on 2 cores, a GoPro frame 5 s. */
const TIMEOUT_MS = 600_000;

/** The table's row for a checkpoint and pictures: a list of figures in each of its last two columns. */
function pytorchRow(checkpoint: string, pictures: string): { name: string; columns: number[][] } {
  for (const line of readFileSync(table, "utf8").split("\n")) {
    const [, task, name = "", ...figures] = line.split("|").map((cell) => cell.trim());
    if (task !== checkpoint || !name.includes(pictures)) continue;
    const columns = figures.slice(0, 2).map((cell) => cell.split("/").map(Number));
    return { name, columns };
  }
  throw new Error(`No row for ${checkpoint} with ${pictures} in ${table}.`);
}

function expectFigures(row: Measurement, [before, after]: ReadonlyArray<number | undefined>): void {
  expect(Math.abs(row.before - before!)).toBeLessThan(TOLERANCE);
  expect(Math.abs(row.after - after!)).toBeLessThan(TOLERANCE);
}

async function measured(task: "denoise" | "deblur", benchmark: Benchmark): Promise<Measurement> {
  const plan = await openPlan(defaultWeights(task));
  try {
    return await measure(plan, benchmark);
  } finally {
    plan.dispose();
  }
}

describe("PSNR is PyTorch's", () => {
  it.skipIf(absent !== "")(
    `denoise: 24 Kodak pictures, sigma 25${absent}`,
    { timeout: TIMEOUT_MS },
    async () => {
      const { name, columns } = pytorchRow("denoise", "kodak24");
      const sigmas = /sigma ([\d /]+)/.exec(name)?.[1]?.split("/").map(Number) ?? [];
      const place = sigmas.indexOf(25);
      expect(place).toBeGreaterThanOrEqual(0);
      const row = await measured("denoise", await noiseBenchmark(data, 25));
      expect(row.count).toBe(24);
      expectFigures(
        row,
        columns.map((column) => column[place]),
      );
    },
  );

  it.skipIf(absent !== "")(
    `deblur: recorded motion${absent}`,
    { timeout: TIMEOUT_MS },
    async () => {
      const { columns } = pytorchRow("deblur", "gopro");
      const row = await measured("deblur", await motionBenchmark(data));
      expect(row.count).toBe(2);
      expectFigures(
        row,
        columns.map((column) => column[0]),
      );
    },
  );
});
