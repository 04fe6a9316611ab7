/**
 * JPEGs with more or fewer bytes than they should have: what is whole is decoded, to the bit, and what is cut off is
 * not, whatever comes behind it.
 */

import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/io/decodeImage.ts";
import { EOI, MARKER } from "../../../src/io/jpeg/markers.ts";
import { makeSegment } from "../../../src/io/jpeg/segments.ts";
import { bytesOf, fixtures, random, readFixture, rejectionOf } from "../fixtures.ts";

const jpegs = fixtures.map(({ file }) => file).filter((file) => file.endsWith(".jpg"));
const grey = readFixture("grey.jpg");

/** An MP4's first boxes. */
const mp4 = Buffer.concat([
  Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\x13\x90mdat", "latin1"),
  noise(5000, 3),
]);
/** Samsung's trailer: an entry and the directory. */
const samsung = Buffer.from(
  "\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data\0\0SEFHk\0\0\0\x01\0\0\0\0\0\x30\x0aSEFT",
  "latin1",
);
const trailers: Readonly<Record<string, Uint8Array>> = {
  nothing: Buffer.alloc(0),
  "one zero": Buffer.alloc(1),
  zeros: Buffer.alloc(4096),
  "half a marker": Buffer.of(0xff),
  "fill bytes": Buffer.alloc(64, 0xff),
  "another JPEG": grey,
  "another JPEG without its end": grey.subarray(0, -2),
  "zeros and another JPEG": Buffer.concat([Buffer.alloc(512), grey]),
  "an MP4": mp4,
  "Samsung's trailer and an MP4": Buffer.concat([samsung, mp4]),
  text: Buffer.from("QDIOBS: some text that a camera has left behind"),
  "something that looks like a scan": makeSegment(MARKER.SOS, Buffer.of(1, 1, 0, 0, 63, 0)),
  "something that looks like metadata": Buffer.concat([makeSegment(0xe1, "x"), mp4]),
  "a segment that ends nowhere": Buffer.of(0xff, 0xdb, 0xff, 0xff, 1, 2, 3),
  "a marker of no use": Buffer.of(0xff, 0xad, 9, 9),
};

/** Bytes of a scan's header, at most. */
const HEADER_BYTES = 16;

function noise(length: number, seed: number): Buffer {
  const next = random(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)));
}

/** A file's segments and what is behind each, its scan's data. */
function partsOf(file: Buffer): Buffer[] {
  const parts = [file.subarray(0, 2)];
  for (let at = 2; at < file.length; ) {
    let end = at + 2 + (file[at + 1] === MARKER.EOI ? 0 : file.readUInt16BE(at + 2));
    if (file[at + 1] === MARKER.SOS) {
      while (file[end] !== 0xff || file[end + 1] === 0 || (file[end + 1]! & 0xf8) === 0xd0) end++;
    }
    parts.push(file.subarray(at, end));
    at = end;
  }
  return parts;
}

describe.each(jpegs)("%s", (file) => {
  const whole = readFixture(file);
  const data = whole.subarray(0, -EOI.length);
  const expectSame = async (bytes: Uint8Array, what: string) => {
    const { raster, metadata } = await decodeImage(bytes, { name: what });
    const expected = await decodeImage(whole);
    expect({ ...raster, data: bytesOf(raster) }, what).toEqual({
      ...expected.raster,
      data: bytesOf(expected.raster),
    });
    const told = Buffer.from(bytes).includes("ftyp") ? [expect.stringMatching(/video/)] : [];
    const notes = [...told, ...(expected.metadata.notes ?? [])];
    expect(metadata).toEqual({ ...expected.metadata, notes });
  };

  it("is the same with and without its end, whatever is behind it", async () => {
    for (const [what, trailer] of Object.entries(trailers)) {
      await expectSame(Buffer.concat([data, trailer]), `no end, ${what}`);
      await expectSame(Buffer.concat([whole, trailer]), what);
    }
  });

  it("is an error when it is cut off, whatever is behind it", async () => {
    const lastScan = partsOf(whole).at(-2)!;
    const cuts = [1, 2, 3, 7, 20, 40, 100].filter((cut) => cut < lastScan.length - HEADER_BYTES);
    for (const cut of cuts) {
      const rest = data.subarray(0, -cut);
      for (const [what, trailer] of Object.entries({ ...trailers, "its end": EOI })) {
        // These can be the codes that are missing.
        if (what === "text" || what === "one zero") continue;
        const bytes = Buffer.concat([rest, trailer]);
        const outcome = await decodeImage(bytes).then(
          () => "decoded",
          ({ code }: { code: string }) => code,
        );
        expect(outcome, `${cut} bytes fewer, ${what}`).toBe("INPUT_CORRUPT");
      }
    }
  });

  it("is the same with zeros between its segments and behind its scans", async () => {
    const parts = partsOf(whole);
    await expectSame(Buffer.concat(parts.flatMap((part) => [part, Buffer.alloc(3)])), "zeros");
  });
});

describe("a JPEG", () => {
  it("is an error where a scan is missing", async () => {
    for (const file of ["progressive-444.jpg", "progressive-420.jpg", "grey-progressive.jpg"]) {
      const parts = partsOf(readFixture(file));
      const last = parts.findLastIndex((part) => part[1] === MARKER.SOS);
      const { code, message } = await rejectionOf(() =>
        decodeImage(Buffer.concat(parts.slice(0, last))),
      );
      expect(code).toBe("INPUT_CORRUPT");
      expect(message).toMatch(/ends after scan \d+, and others are missing/);
    }
  });

  it("says how much of a scan there is", async () => {
    const { message } = await rejectionOf(() =>
      decodeImage(readFixture("baseline-420.jpg").subarray(0, -80), { name: "photo.jpg" }),
    );
    expect(message).toMatch(
      /^photo\.jpg: JPEG is truncated or damaged: scan 1 of 1: its data end after \d+ of \d+ blocks$/,
    );
  });

  it("is an error where its rest is zeros, as unreadable sectors are", async () => {
    for (const file of jpegs) {
      const bytes = readFixture(file);
      const from = bytes.lastIndexOf(Buffer.from([0xff, MARKER.SOS])) + HEADER_BYTES;
      if (from > bytes.length - EOI.length - 8) continue; // there is hardly anything
      const { code } = await rejectionOf(() =>
        decodeImage(Buffer.concat([bytes.subarray(0, from), Buffer.alloc(9000)])),
      );
      expect(code, file).toBe("INPUT_CORRUPT");
    }
  });

  it.each([
    ["whose height comes later", [0xc0, 0xdc], "INPUT_UNSUPPORTED", /DNL/],
    ["without a height", [0xc0], "INPUT_CORRUPT", /45x0/],
    ["that is lossless", [0xc3], "INPUT_UNSUPPORTED", /lossless/],
    ["with arithmetic coding", [0xc9], "INPUT_UNSUPPORTED", /arithmetic/],
    ["with arithmetic coding, progressive", [0xca], "INPUT_UNSUPPORTED", /arithmetic/],
    ["that is JPEG-LS", [0xf7], "INPUT_UNSUPPORTED", /JPEG-LS/],
    ["that is hierarchical", [0xde, 0xc0], "INPUT_UNSUPPORTED", /hierarchical/],
  ] as const)("%s is refused as such", async (what, markers, code, pattern) => {
    const height = /height/.test(what) ? 0 : 38;
    const frame = Buffer.of(8, 0, height, 0, 45, 1, 1, 0x11, 0);
    const segments = markers.map((marker) =>
      makeSegment(marker, marker === 0xdc ? Buffer.of(0, 38) : frame),
    );
    const file = Buffer.concat([Buffer.of(0xff, 0xd8), ...segments, EOI]);
    const error = await rejectionOf(() => decodeImage(file));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(pattern);
  });

  it("with 12 bits is refused as such", async () => {
    const bytes = Buffer.from(readFixture("baseline-444.jpg"));
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.set([0xc1, bytes[frame + 2]!, bytes[frame + 3]!, 12], frame + 1);
    expect(await rejectionOf(() => decodeImage(bytes))).toMatchObject({
      code: "INPUT_UNSUPPORTED",
      message: expect.stringMatching(/12 bits/),
    });
  });
});
