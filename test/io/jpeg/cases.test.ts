/** JPEGs of ../shared/cases, which other programs read; the expected pixels are libjpeg-turbo's. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { exifOrientation } from "../../../src/io/metadata/exif.ts";
import { readNpy } from "../../support/readNpy.ts";
import { shared } from "../../support/runCli.ts";
import { bytesOf, rejectionOf } from "../fixtures.ts";

const folder = join(shared, "cases");
const absent = existsSync(folder) ? "" : " (skipped: no ../shared/cases)";
const read = (file: string): Buffer => readFileSync(join(folder, file));

describe.skipIf(absent !== "")(`JPEGs that others read${absent}`, () => {
  it.each([
    "j08-no-eoi.jpg",
    "j08-no-eoi-samsung-trailer.jpg",
    "j08-no-eoi-then-jpeg.jpg",
    "j11-exif-count-too-high.jpg",
    "j11-orient6-byte.jpg",
    "j12-ultrahdr.jpg",
    "j13-motion-photo.jpg",
    "j14-extended-xmp.jpg",
    "j17-zeros-between-segments.jpg",
  ])("%s", async (file) => {
    const { raster, format } = await decodeImage(read(file));
    const { shape, data } = readNpy(join(folder, "expect", `${file}.npy`));
    expect(format).toBe("jpeg");
    expect([raster.height, raster.width, raster.channels]).toEqual(shape);
    expect(bytesOf(raster).equals(Buffer.from(data))).toBe(true);
  });

  it.each(["j11-exif-count-too-high.jpg", "j11-orient6-byte.jpg"])(
    "%s is turned, and says so",
    async (file) => {
      const { exif } = (await decodeImage(read(file))).metadata;
      expect(exifOrientation(exif!)).toBe(1);
    },
  );

  it.each([
    ["j12-ultrahdr.jpg", /hdrgm:Version|GainMap/, /gain map/],
    ["j13-motion-photo.jpg", /MotionPhoto|MicroVideo/, /video/],
    ["j14-extended-xmp.jpg", /HasExtendedXMP|Other/, /Extended XMP/],
  ])("%s claims no longer what its result does not have", async (file, claim, note) => {
    const { xmp = Buffer.alloc(0), notes } = (await decodeImage(read(file))).metadata;
    const text = Buffer.from(xmp).toString();
    expect(text).toMatch(/^<.*<\/x:xmpmeta>/s);
    expect(text).not.toMatch(claim);
    expect(notes?.filter((told) => note.test(told))).toHaveLength(1);
  });

  it("edge.jfif", async () => {
    expect((await decodeImage(read("edge.jfif"))).raster).toMatchObject({ width: 45, height: 38 });
  });

  it("j10-dnl-height-0.jpg is refused with the reason", async () => {
    expect(await rejectionOf(() => decodeImage(read("j10-dnl-height-0.jpg")))).toMatchObject({
      code: "INPUT_UNSUPPORTED",
      message: expect.stringMatching(/DNL/),
    });
  });
});
