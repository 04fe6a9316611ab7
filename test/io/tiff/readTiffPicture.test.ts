/** Which picture of a TIFF is taken, and which are refused, by the header alone. */

import { describe, expect, it } from "vitest";
import { readTiffPicture, type TiffPicture } from "../../../src/io/tiff/readTiffPicture.ts";
import { errorOf } from "../../support/errors.ts";
import { makeTiff, type TiffLayout, type TiffParts, tiffPage } from "./makeTiff.ts";

const LAYOUTS: readonly (readonly [name: string, layout: TiffLayout])[] = [
  ["little-endian", {}],
  ["big-endian", { bigEndian: true }],
  ["little-endian BigTIFF", { big: true }],
  ["big-endian BigTIFF", { big: true, bigEndian: true }],
];

const RGB = { 258: [8, 8, 8], 262: 2, 277: 3 };
const CFA = { 258: 12, 262: 32803, 259: 34713 };
const full = tiffPage([40, 30], RGB);
const thumbnail = tiffPage([8, 6], { ...RGB, 254: 1 });

function read(...pages: TiffParts[]): TiffPicture | undefined {
  return readTiffPicture(makeTiff(pages), "x.tif");
}

function refusal(...pages: TiffParts[]): string {
  const { code, message } = errorOf(() => read(...pages));
  expect(code).toBe("INPUT_UNSUPPORTED");
  return message;
}

describe.each(LAYOUTS)("a %s TIFF", (_, layout) => {
  const picture = (...pages: TiffParts[]) => readTiffPicture(makeTiff(pages, layout), "x.tif");

  it("has its first page read", () => {
    expect(picture(full)).toEqual({ page: 0, compression: 1, extra: "none", notes: [] });
  });

  it("is read behind its thumbnail", () => {
    expect(picture(thumbnail, full)).toMatchObject({ page: 1 });
    expect(errorOf(() => picture({ ...thumbnail, children: [full] })).message).toMatch(/SubIFD/);
  });

  it("is known as camera raw", () => {
    const raw = { ...thumbnail, children: [thumbnail, tiffPage([40, 30], CFA)] };
    expect(errorOf(() => picture(raw)).message).toMatch(/camera raw/);
  });

  it("cut off before its directory's end is not read", () => {
    const file = makeTiff([full], layout);
    for (const length of [4, 8, 12, 16, file.length - 20]) {
      expect(readTiffPicture(file.subarray(0, length), "x.tif")).toBeUndefined();
    }
  });
});

describe("camera raw", () => {
  it.each([
    ["DNG, by its version", [tiffPage([8, 6], { ...RGB, 50706: Uint8Array.of(1, 4, 0, 0) })]],
    ["linear DNG", [tiffPage([8, 6], { ...RGB, 262: 34892 })]],
    ["NEF: the sensor's data in a SubIFD", [{ ...thumbnail, children: [tiffPage([40, 30], CFA)] }]],
    ["ARW: by its compression", [{ ...full, children: [tiffPage([40, 30], { 259: 32767 })] }]],
    ["PEF: the sensor's data first", [tiffPage([40, 30], { ...CFA, 259: 65535 })]],
    ["a raw page after others", [thumbnail, full, tiffPage([40, 30], CFA)]],
  ] as const)("%s", (_, pages) => {
    expect(refusal(...pages)).toBe(
      "x.tif: camera raw is not decoded, and a preview in it is not the picture; " +
        "develop it with a raw converter and save PNG, TIFF or JPEG",
    );
  });

  it("CR2, IIQ and Canon's first, by their first bytes", () => {
    const directory = makeTiff([full]);
    const beginnings = ["II*\0\x10\0\0\0CR\x02\0", "MM\0*\0\0\0\x10\xba\xb0\xac\xbb"];
    for (const text of beginnings) {
      const file = Buffer.concat([Buffer.from(text, "latin1"), directory]);
      expect(errorOf(() => readTiffPicture(file, "x")).message).toMatch(/camera raw/);
    }
    const grey = Buffer.alloc(1200 * 3, "IIII");
    const iiq = tiffPage([40, 30], { ...RGB, 271: "Phase One" }, grey);
    expect(refusal(iiq)).toMatch(/camera raw/);
    // Pixels that happen to be the mark.
    expect(read(tiffPage([40, 30], RGB, grey))).toMatchObject({ page: 0 });
  });
});

describe("the page that is read", () => {
  const cases: readonly [string, readonly TiffParts[], number, readonly string[]][] = [
    ["of two", [full, full], 0, ["The file has 2 pictures; the first was read."]],
    [
      "behind thumbnails of TIFF 5",
      [tiffPage([8, 6], { 255: 2 }), tiffPage([8, 6], { 255: 2 }), full],
      2,
      ["The file has 3 pictures; number 3, the first that is no thumbnail, was read."],
    ],
    [
      "behind a mask",
      [tiffPage([40, 30], { 254: 4, 258: 1, 262: 4 }), full],
      1,
      ["The file has 2 pictures; number 2, the first that is no thumbnail, was read."],
    ],
    [
      "behind an unmarked thumbnail",
      [tiffPage([11, 9], RGB), full],
      1,
      ["The file has 2 pictures; number 2, the first that is no thumbnail, was read."],
    ],
    [
      "before a larger one of another shape",
      [tiffPage([8, 10], RGB), full],
      0,
      ["The file has 2 pictures; the first was read; number 2, 40x30, is larger."],
    ],
    [
      "of a chain of smaller ones",
      [full, thumbnail],
      0,
      ["The file has 2 pictures; the first was read."],
    ],
    [
      "of a pyramid",
      [{ ...full, children: [thumbnail] }],
      0,
      ["Other sizes of the picture in the file (its SubIFDs) are left out."],
    ],
    ["of the only one, though it says that it is smaller than another", [thumbnail], 0, []],
  ];
  it.each(cases)("%s", (_, pages, page, notes) => {
    expect(read(...pages)).toMatchObject({ page, notes });
  });

  it.each([
    ["a thumbnail with a SubIFD", { ...thumbnail, children: [full] }],
    ["a page with a larger SubIFD", { ...tiffPage([8, 6], RGB), children: [full] }],
    ["a thumbnail whose SubIFD is not in the file", tiffPage([8, 6], { 254: 1, 330: 1e6 })],
  ])("is not %s", (_, page) => {
    expect(refusal(page)).toMatch(/preview of a picture in a SubIFD .*save the full picture$/);
  });
});

it("is not the thumbnail whose picture was cut off", () => {
  const file = makeTiff([thumbnail, full]);
  const end = makeTiff([thumbnail]).length;
  for (const length of [end, end + 100, file.length - 10]) {
    expect(readTiffPicture(file.subarray(0, length), "x.tif")).toBeUndefined();
  }
});

describe("the samples", () => {
  it.each([
    ["grey", {}, "none"],
    ["grey and alpha", { 258: [8, 8], 277: 2, 338: 2 }, "alpha"],
    ["grey and premultiplied alpha", { 258: [8, 8], 277: 2, 338: 1 }, "alpha"],
    ["grey and an unspecified channel", { 258: [8, 8], 277: 2, 338: 0 }, "unspecified"],
    [
      "grey and an unspecified channel of 16 bits",
      { 258: [16, 16], 277: 2, 338: 0 },
      "unspecified",
    ],
    ["RGB and infrared", { 258: [8, 8, 8, 8], 262: 2, 277: 4, 338: 0 }, "unspecified"],
    ["RGBA", { 258: [16, 16, 16, 16], 262: 2, 277: 4, 338: 2 }, "alpha"],
    ["CMYK", { 258: [8, 8, 8, 8], 262: 5, 277: 4 }, "none"],
    ["CMYK and alpha", { 258: [8, 8, 8, 8, 8], 262: 5, 277: 5, 338: 2 }, "alpha"],
    ["JPEG", { 258: [8, 8, 8], 259: 7, 262: 6, 277: 3, 530: [1, 1] }, "none"],
    ["one bit", { 258: 1, 262: 0 }, "none"],
    ["a palette of 4 bits", { 258: 4, 262: 3 }, "none"],
    ["samples of an undefined type", { 258: 16, 339: 4 }, "none"],
  ] as const)("%s are read", (_, tags, extra) => {
    const found = read(tiffPage([4, 3], tags));
    expect(found?.extra).toBe(extra);
    expect(found?.notes).toEqual(
      extra === "unspecified"
        ? ["The channel after the colours is not declared as alpha; it is left out."]
        : [],
    );
  });

  it.each([
    ["CIELab colours", { 262: 8, 258: [8, 8, 8], 277: 3 }],
    ["ICCLab colours", { 262: 9, 258: [16, 16, 16], 277: 3 }],
    ["ITULab colours", { 262: 10, 258: [8, 8, 8], 277: 3 }],
    ["LogL samples", { 262: 32844, 258: 16, 259: 34676 }],
    ["LogLuv colours", { 262: 32845, 258: [16, 16, 16], 277: 3, 259: 34676 }],
    ["a transparency mask as its only picture", { 262: 4, 258: 1, 254: 4 }],
    ["PhotometricInterpretation 51177", { 262: 51177 }],
    ["10 bits a sample", { 258: 10 }],
    ["12 bits a sample", { 258: [12, 12, 12], 262: 2, 277: 3 }],
    ["14 bits a sample", { 258: 14 }],
    ["24 bits a sample", { 258: 24 }],
    ["32 bits a sample", { 258: 32 }],
    ["64 bits a sample", { 258: 64 }],
    ["4 bits a sample", { 258: [4, 4, 4], 262: 2, 277: 3 }],
    ["channels of 5 and 6 bits", { 258: [5, 6, 5], 262: 2, 277: 3 }],
    ["a palette of 16 bits", { 258: 16, 262: 3 }],
    ["samples of type signed integer", { 258: 16, 339: 2 }],
    ["samples of type float", { 258: 32, 339: 3 }],
    ["samples of type complex float", { 258: 64, 339: 6 }],
    ["2 channels beside its colours", { 258: [8, 8, 8, 8, 8], 262: 2, 277: 5, 338: [2, 0] }],
    ["5 channels of inks that are not CMYK", { 258: [8, 8, 8, 8, 8], 262: 5, 277: 5, 332: 2 }],
    ["1 channels of inks that are not CMYK", { 262: 5 }],
    [
      "YCbCr colours that are neither JPEG nor subsampled",
      { 258: [8, 8, 8], 262: 6, 277: 3, 530: [1, 1] },
    ],
    [
      "a channel beside its colours that ExtraSamples does not declare",
      { 258: [8, 8, 8, 8], 262: 2, 277: 4 },
    ],
    ["separate planes", { 258: [8, 8], 277: 2, 284: 2, 338: 2 }],
    ["separate planes in tiles", { 258: [8, 8, 8], 262: 2, 277: 3, 284: 2, 322: 16, 323: 16 }],
    ["a channel beside YCbCr colours", { 258: [8, 8, 8, 8], 262: 6, 277: 4 }],
  ] as const)("%s are refused", (what, tags) => {
    expect(refusal(tiffPage([4, 3], tags))).toBe(
      `x.tif: TIFF with ${what} is not decoded; save it as interleaved grey or RGB with 8 or 16 bits`,
    );
  });
});

describe("hostile directories end", () => {
  it("in a circle", () => {
    const file = makeTiff([full, full]);
    file.writeUInt32LE(file.readUInt32LE(4), file.length - 4);
    expect(readTiffPicture(file, "x")?.notes).toEqual([
      "The file has 2 pictures; the first was read.",
    ]);
  });

  it("that hold themselves as SubIFDs", () => {
    const own = makeTiff([tiffPage([4, 3], { 330: [1, 2 ** 16] })]).readUInt32LE(4);
    const file = makeTiff([tiffPage([4, 3], { 330: [own, 2 ** 16] })]);
    expect(file.readUInt32LE(4)).toBe(own);
    expect(readTiffPicture(file, "x")).toMatchObject({ page: 0, notes: [] });
  });

  it("of 65535 entries each, 4 bytes apart, in time", () => {
    const entries = 0xffff * 12;
    const file = Buffer.alloc(2 * entries, 0xff);
    file.write("II*\0\x08\0\0\0", "latin1");
    for (let at = 8; at + 2 + entries + 4 <= file.length; at += 4) {
      file.writeUInt32LE(at + 4, at + 2 + entries);
    }
    const started = performance.now();
    readTiffPicture(file, "x");
    expect(performance.now() - started).toBeLessThan(5000); // 0.2 s
  });

  it("with offsets and counts beyond the file", () => {
    const file = makeTiff([full], { big: true });
    for (let at = 8; at + 8 <= file.length; at += 4) {
      const changed = Buffer.from(file);
      changed.fill(0xff, at, at + 8);
      try {
        readTiffPicture(changed, "x");
      } catch (error) {
        expect(error).toMatchObject({ code: "INPUT_UNSUPPORTED" });
      }
    }
  });
});
