import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pictureSize } from "../../src/io/pictureSize.ts";
import { decoded, noisyPng } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { readFixture } from "./fixtures.ts";

const at = temporaryFolder();
const fixtures = new URL("../fixtures/images/", import.meta.url);
const pictures = readdirSync(fixtures).filter((name) =>
  /^(baseline|progressive|exif|rgb16|grey1).*\.(png|jpg)$/.test(name),
);

async function sizeOf(bytes: Uint8Array): Promise<unknown> {
  await writeFile(at("picture"), bytes);
  return pictureSize(at("picture"));
}

describe("pictureSize", () => {
  it.each(pictures)("of %s is the decoder's", async (name) => {
    const bytes = readFixture(name);
    const { width, height } = await decoded(bytes);
    const size = await pictureSize(fileURLToPath(new URL(name, fixtures)));
    // As stored: turned pictures have the sides the other way round.
    expect([size?.width, size?.height].sort()).toEqual([width, height].sort());
  });

  it("of a JPEG is found behind metadata of any length", async () => {
    const jpeg = readFixture("baseline-420.jpg");
    const { width, height } = await decoded(jpeg);
    const segment = Buffer.alloc(2 + 65_535, 0xff);
    segment.writeUInt16BE(0xffe2);
    segment.writeUInt16BE(65_535, 2);
    const long = Buffer.concat([jpeg.subarray(0, 2), ...Array(20).fill(segment), jpeg.subarray(2)]);
    expect(await sizeOf(long)).toEqual({ width, height });
  });

  it("of another format is guessed from its bytes", async () => {
    expect(await sizeOf(Buffer.from(`RIFF....WEBP${" ".repeat(1238)}`))).toEqual({
      width: 100,
      height: 100,
    });
  });

  it("is not known of what is too short, empty, hostile, a folder or nothing", async () => {
    expect(await sizeOf(Buffer.alloc(0))).toBeUndefined();
    const jpeg = readFixture("baseline-420.jpg");
    expect(await sizeOf(Buffer.from(jpeg.subarray(0, 12)))).toBeDefined();
    const hostile = Buffer.from(noisyPng(8, 8));
    hostile.writeUInt32BE(0xffffffff, 16);
    expect(await sizeOf(hostile)).toBeUndefined();
    expect(await pictureSize(at())).toBeUndefined();
    expect(await pictureSize(at("nowhere"))).toBeUndefined();
  });
});
