/** bf16 on the package's own weights: near enough to float32 that nobody sees a difference. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tryEngine } from "../../../src/engine/select.ts";
import { colourToFloat } from "../../../src/image/colourToFloat.ts";
import { readImage } from "../../../src/io/readImage.ts";
import { defaultWeights } from "../../../src/restoration/tasks.ts";
import { loadWeights } from "../../../src/weights/loadWeights.ts";
import { repository } from "../../support/runCli.ts";

const LEAST_DB = 45;

const attempt = await tryEngine("native", { precision: "bf16" });

describe("bf16", () => {
  if ("reason" in attempt) {
    it.skip(`skipped: ${attempt.reason.split("\n")[0]}`);
    return;
  }
  const { engine } = attempt;

  it.each([
    ["denoise", "portrait.png"],
    ["deblur", "garden.png"],
  ] as const)(`is within ${LEAST_DB} dB of float32 for %s`, async (task, picture) => {
    const { network, tensors } = (await loadWeights(defaultWeights(task))).weights;
    const { raster } = await readImage(join(repository, "examples", picture));
    const { width, height } = raster;
    const image = { width, height, channels: 3, data: await colourToFloat(raster) };
    const run = async (precision: "float32" | "bf16"): Promise<Float32Array> => {
      const plan = await engine.compile(network.graph({ tlcBase: null }), tensors, { precision });
      const { data } = await plan.run(image);
      plan.dispose();
      return data;
    };
    const exact = await run("float32");
    const rough = await run("bf16");
    const squares = exact.reduce((sum, value, i) => sum + (value - rough[i]!) ** 2, 0);
    const decibels = 10 * Math.log10(exact.length / squares);
    console.log(`bf16 ${task}: ${decibels.toFixed(1)} dB from float32`);
    expect(decibels).toBeGreaterThan(LEAST_DB);
    expect(squares).toBeGreaterThan(0); // it was not float32 in disguise
  });
});
