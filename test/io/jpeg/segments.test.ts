import { describe, expect, it } from "vitest";
import { MARKER } from "../../../src/io/jpeg/markers.ts";
import { makeSegment, nextSegment } from "../../../src/io/jpeg/segments.ts";
import { readFixture } from "../fixtures.ts";
import { segmentsOf } from "../richPictures.ts";

describe("nextSegment", () => {
  it.each(["baseline-420.jpg", "progressive-444.jpg", "exif6.jpg", "cmyk.jpg"])(
    "leads through %s up to its scan",
    (name) => {
      const file = readFixture(name);
      const found: [number, Buffer][] = [];
      for (let segment = nextSegment(file, 2); ; segment = nextSegment(file, segment.end)) {
        if (segment === undefined || segment.marker === MARKER.SOS) break;
        found.push([segment.marker, file.subarray(segment.contentOffset, segment.end)]);
      }
      expect(found).toEqual(segmentsOf(file));
    },
  );

  it("passes over stuffed, fill, restart and other bytes to the end", () => {
    const bytes = Uint8Array.of(5, 0xff, 0, 0xff, 0xd0, 0xff, 0xd7, 0xff, 1, 7, 0xff, 0xff, 0xd9);
    expect(nextSegment(bytes, 0)).toEqual({
      marker: MARKER.EOI,
      offset: 11,
      contentOffset: 13,
      end: 13,
    });
    expect(nextSegment(bytes, 13)).toBeUndefined();
    expect(nextSegment(bytes.subarray(0, 12), 0)).toBeUndefined();
  });

  it("reads what makeSegment makes", () => {
    const segment = makeSegment(MARKER.COM, "né", Uint8Array.of(1, 2));
    expect([...segment]).toEqual([0xff, 0xfe, 0, 6, 0x6e, 0xe9, 1, 2]);
    expect(nextSegment(segment, 0)).toEqual({
      marker: MARKER.COM,
      offset: 0,
      contentOffset: 4,
      end: 8,
    });
  });
});
