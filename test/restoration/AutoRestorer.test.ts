/** restore(…, "auto") and createRestorer("auto"): the network that runs, and pictures that are left as they are. */

import { describe, expect, it } from "vitest";
import type { Raster } from "../../src/image/Raster.ts";
import { AutoRestorer, createRestorer, type Progress, restore } from "../../src/index.ts";
import { blur, discs, drawn, noise } from "../../tools/thresholds/pictures.ts";
import { readFixture } from "../io/fixtures.ts";
import { rejectionOf } from "../support/errors.ts";
import { decoded } from "../support/pictures.ts";

const clean = discs(128, 112);
const noisy = noise(25)(clean);
const blurred = blur(2)(clean);

describe("auto", () => {
  it.each([
    ["denoise", noisy],
    ["deblur", blurred],
  ] as const)("runs %s where that is needed", async (task, picture) => {
    const restored = await restore(picture, "auto");
    expect(restored.data).toStrictEqual((await restore(picture, task)).data);
    expect(restored.receipt).toMatchObject({ task, analysis: { decision: task } });
    expect(restored.receipt.analysis?.reason).toMatch(/sigma/);
    expect(restored.receipt.weights?.file).toContain(task);
  });

  it("leaves every value of a clean picture as it is, and says so", async () => {
    const { data, receipt } = await restore(clean, "auto");
    expect(data).toStrictEqual(clean.data);
    expect(receipt).toMatchObject({
      ...{ task: null, engine: null, ranOn: null, weights: null, strips: 0, checks: [] },
      analysis: { decision: "nothing" },
    });
    expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt);
  });

  it.each(["grey16.png", "rgba8.png", "greyalpha8.png", "rgb16.png", "grey1.png"])(
    "leaves %s as it is",
    async (file) => {
      const raster = await decoded(readFixture(file));
      const restored = await restore(readFixture(file), "auto");
      // Tiny drawings may look noisy: strength 0 shows what would have been left.
      expect(restored.adjust({ strength: 0 }).data).toStrictEqual(raster.data);
    },
  );

  it("reports progress to the end where no network runs", async () => {
    const events: Progress[] = [];
    await restore(clean, "auto", { onProgress: (event) => events.push(event) });
    expect(events.at(0)).toEqual({ phase: "load", fraction: 0 });
    expect(events.at(-1)).toEqual({ phase: "restore", fraction: 1 });
  });

  it("adjusts as the tasks do", async () => {
    const { data, receipt } = await restore(noisy, "auto", { strength: 0 });
    expect(data).toStrictEqual(noisy.data);
    expect(receipt.adjustments.strength).toBe(0);
  });

  it("hears a signal", async () => {
    const signal = AbortSignal.abort();
    expect((await rejectionOf(restore(clean, "auto", { signal }))).code).toBe("ABORTED");
  });
});

describe("a restorer for auto", () => {
  it("serves many pictures and estimates for the more demanding network", async () => {
    const restorer = await createRestorer("auto");
    expect(restorer).toBeInstanceOf(AutoRestorer);
    expect(restorer.task).toBe("auto");
    expect(restorer.warnings).toEqual([]);
    const pictures: Raster[] = [noisy, clean, blurred, noisy];
    const tasks = [];
    for (const picture of pictures) tasks.push((await restorer.restore(picture)).receipt.task);
    expect(tasks).toEqual(["denoise", null, "deblur", "denoise"]);
    const { memoryBytes } = await restorer.estimate(300, 200);
    for (const task of ["denoise", "deblur"] as const) {
      const one = await createRestorer(task);
      expect(memoryBytes).toBeGreaterThanOrEqual((await one.estimate(300, 200)).memoryBytes);
      one.dispose();
    }
    restorer.dispose();
    restorer.dispose(); // again, which does nothing
    expect((await rejectionOf(restorer.restore(clean))).message).toContain("has been disposed");
  });

  it.each([
    [{ weights: "gopro/" }, /^Expected no weights for auto/],
    [{ tlc: true }, /^Expected no tlc for auto/],
  ] as const)("refuses %j", async (options, message) => {
    const error = await rejectionOf(createRestorer("auto", options));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(message);
  });

  it("refuses a mask", async () => {
    const error = await rejectionOf(restore(clean, "auto", { mask: clean }));
    expect(error.message).toBe("Expected no mask for auto; only inpaint takes one.");
  });

  it("forgets a network that could not be loaded", async () => {
    const restorer = await createRestorer("auto", { engine: "nonsense" as never });
    for (let i = 0; i < 2; i++) {
      expect((await rejectionOf(restorer.restore(noisy))).code).toBe("INVALID_ARGUMENT");
    }
  });

  it("sees the noise of a camera that has little of the finest detail", async () => {
    // Noise of 2x2 pixels: 0 by the usual measure, which sees the finest detail alone.
    const grain = noise(12)(drawn(128, 128, () => 128)).data;
    const coarse = drawn(256, 256, (x, y, c) => grain[((y >> 1) * 128 + (x >> 1)) * 3 + c]!);
    const { receipt } = await restore(coarse, "auto");
    expect(receipt.analysis?.noiseSigma).toBeLessThan(4.6);
    expect(receipt).toMatchObject({ task: "denoise", analysis: { decision: "denoise" } });
    expect(receipt.analysis?.reason).toMatch(/^The denoiser sees noise with a probability of /);
  });
});
