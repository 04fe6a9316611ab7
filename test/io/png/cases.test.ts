/** The PNGs of ../shared/cases: odd files that other programs read, and the pixels that they hold. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyOrientation } from "../../../src/image/applyOrientation.ts";
import type { Raster } from "../../../src/image/Raster.ts";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { readNpy } from "../../support/readNpy.ts";
import { shared } from "../../support/runCli.ts";
import { rejectionOf } from "../fixtures.ts";

const cases = join(shared, "cases");
const absent = existsSync(cases) ? "" : " (skipped without ../shared/cases)";

/** Files, and the notes that come with their pixels. */
const READ: [file: string, ...notes: RegExp[]][] = [
  ["p08-pal4-trns-longer-than-palette.png"],
  ["p10-pal8-index-beyond-palette.png"],
  ["p14-trns-after-idat.png", /tRNS.*comes after the pixels/],
  ["p16-trns-one-byte-grey.png", /tRNS.*has 1 bytes, expected 2/],
  ["p20-idat-trailing-bytes.png"],
  ["p21-idat-extra-scanline.png", /112 bytes of pixels more/],
  ["p23-no-iend.png", /damaged after its pixels/],
  ["p24-iend-cut.png", /damaged after its pixels/],
  ["p26-iccp-wrong-crc.png", /ICC profile.*wrong CRC; it is left out/],
  ["p27-exif-wrong-crc.png", /EXIF.*wrong CRC; it is left out/],
  ["p28-exif-with-prefix.png"],
  ["p30-raw-profile-exif-6.png"],
  ["p38-grey8-trns-high-byte.png"],
];

describe.skipIf(absent !== "")(`PNGs that other programs read${absent}`, () => {
  it.each(READ.map(([file, ...notes]) => ({ file, notes })))("$file", async ({ file, notes }) => {
    const { raster, metadata } = await decodeImage(readFileSync(join(cases, file)));
    const { shape, data } = readNpy(join(cases, "expect", `${file}.npy`));
    const [height, width, channels] = shape;
    const stored = { width, height, channels, bitDepth: 8, data } as Raster; // of one of its numbers of channels
    // Its pixels are those of the file, which says that they lie on their side.
    const expected = file.startsWith("p30") ? applyOrientation(stored, 6) : stored;
    expect(raster).toEqual(expected);
    expect(metadata.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  });

  it("p22-idat-wrong-adler.png is damaged, as for libpng, Pillow and sharp", async () => {
    const file = readFileSync(join(cases, "p22-idat-wrong-adler.png"));
    expect(await rejectionOf(() => decodeImage(file))).toMatchObject({
      code: "INPUT_CORRUPT",
      message: expect.stringContaining("checksum (Adler-32)"),
    });
  });

  it("x05-ppm-space.png is named", async () => {
    const file = readFileSync(join(cases, "x05-ppm-space.png"));
    expect(await rejectionOf(() => decodeImage(file))).toMatchObject({
      code: "INPUT_UNSUPPORTED",
      message: "picture: PNM is not decoded; convert it to PNG or JPEG",
    });
  });
});
