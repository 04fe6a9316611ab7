import { describe, expect, it } from "vitest";
import { readJpegSize } from "../../../src/io/jpeg/readJpegSize.ts";
import { readFixture } from "../fixtures.ts";
import { withSegments } from "../richPictures.ts";

/** The size, and the bytes and reads that finding it took. */
async function found(file: Uint8Array) {
  let [bytes, reads] = [0, 0];
  const size = await readJpegSize(async (position, length) => {
    reads++;
    bytes += length;
    return file.subarray(position, position + length);
  });
  return { size, bytes, reads };
}

const jpeg = readFixture("baseline-420.jpg");
const SIZE = { width: 41, height: 38 };

describe("readJpegSize", () => {
  it("reads a few bytes of each segment", async () => {
    const segments = Array(20).fill([0xe2, Buffer.alloc(65_533, 0xff)]);
    const { size, bytes, reads } = await found(withSegments(jpeg, ...segments));
    expect(size).toEqual(SIZE);
    expect(reads).toBeLessThan(30);
    expect(bytes).toBeLessThan(500);
  });

  it.each([1, 7, 8, 12, 13, 14, 15, 16, 100])("passes over %i fill bytes", async (count) => {
    const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const fill = Buffer.alloc(count, 0xff);
    const filled = Buffer.concat([jpeg.subarray(0, at), fill, jpeg.subarray(at)]);
    expect((await found(filled)).size).toEqual(SIZE);
  });

  it("looks at 1000 segments at most", async () => {
    const comment = [0xfe, Buffer.alloc(0)] as [number, Buffer];
    expect((await found(withSegments(jpeg, ...Array(900).fill(comment)))).size).toEqual(SIZE);
    const { size, reads } = await found(withSegments(jpeg, ...Array(1100).fill(comment)));
    expect(size).toBeUndefined();
    expect(reads).toBe(1001); // SOI first
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another format", readFixture("rgb8.png")],
    ["a file that ends before its frame", jpeg.subarray(0, 12)],
    ["a scan before the frame", Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xc0])],
    ["an end before the frame", Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xd9]), jpeg])],
  ])("finds none in %s", async (_, file) => {
    const { size, reads } = await found(file);
    expect(size).toBeUndefined();
    expect(reads).toBeLessThan(4);
  });

  it("ends on 0xff without end", async () => {
    const { size, reads } = await found(
      Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(2 ** 16, 0xff)]),
    );
    expect(size).toBeUndefined();
    expect(reads).toBe(1001);
  });
});
