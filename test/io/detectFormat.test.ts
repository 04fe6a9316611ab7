import { expect, it } from "vitest";
import { decodeImage } from "../../src/io/decodeImage.ts";
import { detectFormat } from "../../src/io/detectFormat.ts";
import { rejectionOf } from "./fixtures.ts";
import { rich } from "./richPictures.ts";

it.each([
  ["IIRO\x08\0\0\0", "camera raw (Olympus ORF)"],
  ["IIRS\x08\0\0\0", "camera raw (Olympus ORF)"],
  ["MMOR\0\0\0\x08", "camera raw (Olympus ORF)"],
  ["IIU\0\x18\0\0\0", "camera raw (Panasonic RW2)"],
  ["FUJIFILMCCD-RAW 0201", "camera raw (Fujifilm RAF)"],
  ["\0MRM\0\0\0\0", "camera raw (Minolta MRW)"],
  ["FOVb\0\0\x02\0", "camera raw (Sigma X3F)"],
  ["II\x1a\0\0\0HEAPCCDR", "camera raw (Canon CRW)"],
  ["\0\0\0\x18ftypcrx \0\0\0\x01", "camera raw (Canon CR3)"],
])("%j is %s, which is refused by its name", async (text, name) => {
  const file = Buffer.from(text, "latin1");
  expect(detectFormat(file)).toEqual({ name, format: undefined });
  const error = await rejectionOf(() => decodeImage(file, { name: "x" }));
  expect(error.code).toBe("INPUT_UNSUPPORTED");
  expect(error.message).toBe(`x: ${name} is not decoded; convert it to PNG or JPEG`);
});

it("AVIF is known by any of its brands", async () => {
  const file = await rich("avif");
  file.write("mif1", 8, "latin1");
  expect(detectFormat(file)?.format).toBe("avif");
  expect((await decodeImage(file)).format).toBe("avif");
  const heic = Buffer.from("\0\0\0\x18ftypmif1\0\0\0\0mif1heicavif", "latin1"); // the box ends before
  expect(detectFormat(heic)?.format).toBe("heic");
});
