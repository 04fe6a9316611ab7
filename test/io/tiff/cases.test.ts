/** Files of others that were lost or misread: ../shared/cases has them, and what each is to give. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { readNpy } from "../../support/readNpy.ts";
import { rejectionOf } from "../fixtures.ts";
import { rewritten } from "../richPictures.ts";

const folder = fileURLToPath(new URL("../../../../shared/cases/", import.meta.url));
const absent = existsSync(folder) ? "" : " (skipped: no ../shared/cases)";
const read = (file: string): Buffer => readFileSync(`${folder}${file}`);

describe.skipIf(absent)(`files of others${absent}`, () => {
  it.each(["t30-ga8.tif", "t31-ga8-pillow.tif"])("%s keeps its alpha", async (file) => {
    const { shape, data } = readNpy(`${folder}expect/${file}.npy`);
    for (const bytes of [read(file), await rewritten(read(file))]) {
      const { raster } = await decodeImage(bytes);
      expect([raster.height, raster.width, raster.channels]).toEqual(shape);
      expect(raster.data).toEqual(data);
    }
  });

  it("t19-thumbnail-first.tif is its second page, the picture", async () => {
    const { raster, metadata } = await decodeImage(read("t19-thumbnail-first.tif"));
    // The portrait that t10 has, too.
    const portrait = await decodeImage(read("t10-rgb-plus-unspecified.tif"));
    expect(raster).toEqual(portrait.raster);
    expect(raster).toMatchObject({ width: 45, height: 38, channels: 3 });
    expect(metadata.notes).toEqual([expect.stringMatching(/2 pictures; number 2/)]);
    expect(portrait.metadata.notes).toEqual([expect.stringMatching(/not declared as alpha/)]);
  });

  it("t22-cmyk.tif is not said to have had a profile", async () => {
    const { raster, metadata } = await decodeImage(read("t22-cmyk.tif"));
    expect(raster.channels).toBe(3);
    expect(metadata.notes).toEqual([expect.stringMatching(/it has no ICC profile that fits/)]);
  });

  it.each([
    ["r01-camera.dng", "INPUT_UNSUPPORTED", /camera raw is not decoded/],
    ["t23-lab.tif", "INPUT_UNSUPPORTED", /TIFF with CIELab colours is not decoded/],
    ["t28-12bit.tif", "INPUT_UNSUPPORTED", /TIFF with 12 bits a sample is not decoded/],
    ["t27-truncated.tif", "INPUT_CORRUPT", /the TIFF is truncated or damaged/],
    ["h01-heic-brand-mif1.heic", "INPUT_CORRUPT", /the HEIF is truncated or damaged; use/],
  ])("%s is refused with %s", async (file, code, message) => {
    const error = await rejectionOf(() => decodeImage(read(file)));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
