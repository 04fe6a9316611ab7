/** Pictures that sharp reads for us, beyond the table of docs/formats.md. */

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { readFixture, rejectionOf } from "../fixtures.ts";
import { HEIGHT, pixels, rewritten, rich, WIDTH } from "../richPictures.ts";

const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;

describe("a picture that sharp reads", () => {
  it("is not converted out of its own profile", async () => {
    // The file's numbers, which sharp by itself would convert to sRGB's.
    const file = await sharp(pixels({}), { raw })
      .withIccProfile("p3")
      .webp({ lossless: true })
      .toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    const { raster } = await decodeImage(file);
    expect(Buffer.from(raster.data)).toEqual(stored);
    expect(Buffer.from(raster.data)).not.toEqual(await sharp(file).raw().toBuffer());
    const again = await sharp(await rewritten(file, "png"), { ignoreIcc: true })
      .raw()
      .toBuffer();
    expect(again).toEqual(stored);
  });

  it("of CMYK is converted, and says so", async () => {
    const file = await sharp(pixels({}), { raw })
      .toColourspace("cmyk")
      .tiff({ compression: "lzw" })
      .toBuffer();
    expect((await sharp(file).metadata()).space).toBe("cmyk");
    const { raster, metadata } = await decodeImage(file);
    expect(raster.channels).toBe(3);
    expect(metadata.icc).toBeUndefined();
    expect(metadata.notes).toEqual([expect.stringMatching(/was cmyk and is now sRGB/)]);
  });

  it.each(["webp", "tiff", "avif"] as const)("%s cut off or damaged is refused", async (format) => {
    const file = await rich(format);
    for (const share of [0.1, 0.5, 0.9]) {
      const cut = file.subarray(0, Math.max(16, Math.floor(file.length * share)));
      const error = await rejectionOf(() => decodeImage(cut, { name: "cut" }));
      expect(error.code).toMatch(/INPUT_CORRUPT|INPUT_UNSUPPORTED/);
      expect(error.message).toMatch(/^cut: /);
    }
  });

  it("above the limit is refused by its header", async () => {
    for (const format of ["webp", "tiff", "avif"] as const) {
      const error = await rejectionOf(async () =>
        decodeImage(await rich(format), { maxPixels: 300 }),
      );
      expect(error).toMatchObject({ code: "INPUT_TOO_LARGE" });
    }
  });

  it("of float samples is refused", async () => {
    const error = await rejectionOf(() => decodeImage(readFixture("float.tiff")));
    expect(error).toMatchObject({
      code: "INPUT_UNSUPPORTED",
      message: expect.stringMatching(/samples of type float .* 8 or 16 bits$/),
    });
  });

  it("is let go by an AbortSignal", async () => {
    const file = await rich("webp");
    const signal = AbortSignal.abort();
    expect((await rejectionOf(() => decodeImage(file, { signal }))).code).toBe("ABORTED");
  });
});
