import { expect, it } from "vitest";
import { resultSuffix } from "../../../src/cli/batch/resultSuffix.ts";

it("resultSuffix", () => {
  expect((["denoise", "deblur", "inpaint"] as const).map(resultSuffix)).toEqual([
    "denoised",
    "deblurred",
    "inpainted",
  ]);
});
