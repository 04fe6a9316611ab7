/** Inpainting: a network with a fourth channel for the mask, here a tiny one with random weights. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Raster } from "../../../src/image/Raster.ts";
import { restore } from "../../../src/index.ts";
import { encodePng } from "../../../src/io/png/encodePng.ts";
import { scene } from "../../support/pictures.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyWeights } from "../../support/tinyWeights.ts";

const at = temporaryFolder();
const width = 30;
const height = 22;
const picture = scene(width, height);
let weights = "";

beforeAll(async () => {
  weights = at("inpaint");
  await writeTinyWeights(weights, { imgChannel: 4 });
});

function isHole(pixel: number): boolean {
  const x = pixel % width;
  return x >= 10 && x < 17 && pixel / width >= 5 && pixel / width < 12;
}

function mask(hole: number = 255, rest: number = 0): Raster {
  const data = Uint8Array.from({ length: width * height }, (_, i) => (isHole(i) ? hole : rest));
  return { width, height, channels: 1, bitDepth: 8, data };
}

/** The picture with other colours under the mask, or, with `elsewhere`, in one pixel outside it. */
function painted(colour: number, elsewhere: boolean = false): Raster {
  const data = Uint8Array.from(picture.data, (value, i) =>
    isHole(Math.floor(i / 3)) !== elsewhere && (!elsewhere || i < 3) ? colour : value,
  );
  return { ...picture, bitDepth: 8, data };
}

describe("inpaint", () => {
  it("fills in what the mask marks, whatever was there", async () => {
    const restored = await restore(painted(0), "inpaint", { weights, mask: mask() });
    expect(restored).toMatchObject({ width, height, channels: 3, bitDepth: 8 });
    expect(restored.data.length).toBe(width * height * 3);
    const other = await restore(painted(255), "inpaint", { weights, mask: mask() });
    expect(other.data).toStrictEqual(restored.data);
  });

  it("sees the colour outside the mask, and the mask", async () => {
    const restored = await restore(picture, "inpaint", { weights, mask: mask() });
    const changed = await restore(painted(255, true), "inpaint", { weights, mask: mask() });
    expect(changed.data).not.toStrictEqual(restored.data);
    const black = mask(0, 0);
    const unmasked = await restore(picture, "inpaint", { weights, mask: black });
    expect(unmasked.data).not.toStrictEqual(restored.data);
  });

  it("takes the mask as any kind of picture, and grey as black or white", async () => {
    const { data } = await restore(picture, "inpaint", { weights, mask: mask() });
    for (const same of [encodePng(mask()), mask(128, 127)]) {
      expect((await restore(picture, "inpaint", { weights, mask: same })).data).toStrictEqual(data);
    }
  });

  it("wants weights, and says what kind", async () => {
    await expect(restore(picture, "inpaint", { mask: mask() })).rejects.toMatchObject({
      code: "WEIGHTS_MISSING",
      message: expect.stringMatching(/no default weights for inpaint.*4 input channels/),
    });
  });

  it("wants a mask", async () => {
    await expect(restore(picture, "inpaint", { weights })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^Expected a mask for inpaint/),
    });
  });

  it("wants the mask in the picture's size", async () => {
    const small = scene(height, width);
    await expect(restore(picture, "inpaint", { weights, mask: small })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "Expected a mask of 30x22, as the picture, but image data is 22x30.",
    });
  });

  it("reports a mask that cannot be read", async () => {
    await expect(
      restore(picture, "inpaint", { weights, mask: at("none.png") }),
    ).rejects.toMatchObject({ code: "INPUT_NOT_FOUND" });
  });

  it("refuses weights with 3 channels, as the other tasks do those with 4", async () => {
    const three = at("three");
    await writeTinyWeights(three);
    await expect(
      restore(picture, "inpaint", { weights: three, mask: mask() }),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(
        /^Expected weights with 4 input channels for inpaint but .*three/,
      ),
    });
    await expect(restore(picture, "denoise", { weights })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^Expected weights with 3 input channels for denoise/),
    });
  });
});
