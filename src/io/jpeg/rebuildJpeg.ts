/**
 * A JPEG of nothing but the picture: tables, frame and scans, each of which ends where its data do. What decoders
 * stumble over is left out, be it bytes between segments or behind a scan, a trailer or a missing end.
 */
import { NafnetError } from "../../base/errors.ts";
import { ScanDamage } from "./BitReader.ts";
import { type HuffmanTable, readHuffmanTables } from "./HuffmanTable.ts";
import { EOI, MARKER, SOI, SOI_BYTES } from "./markers.ts";
import { type FrameBlocks, measureScan, type Scan } from "./measureScan.ts";
import type { JpegHeader } from "./readJpegHeader.ts";
import { readScanHeader, SEQUENTIAL_PARAMETERS } from "./scanHeader.ts";
import { SEGMENT_SIGNATURE } from "./segmentSignatures.ts";
import { makeSegment, nextSegment, readRestartInterval } from "./segments.ts";

/**
 * The first bytes of what cameras put behind a picture: an entry of Samsung's (two zeros, type, length and name), an
 * MP4's first box. Within a scan's codes they mean that it was cut off before.
 */
const TRAILER = /\0\0..[^\0]\0{3}[A-Za-z_]{4}|\0{3}.ftyp/s;
const TRAILER_START_BYTES = 12;

/** The picture's segments and scans. @param adobeTransform of an Adobe segment to write, if any */
export type RebuiltJpeg = (adobeTransform: number | undefined) => Uint8Array;

/**
 * Takes a JPEG apart, and each scan's codes with it, which takes as long as decoding.
 *
 * @param header of the same bytes
 * @param name the picture's name for messages
 * @returns a function that puts it together
 * @throws NafnetError INPUT_CORRUPT where a scan's data end too early, or are none
 */
export function rebuildJpeg(bytes: Uint8Array, header: JpegHeader, name: string): RebuiltJpeg {
  const parts: Uint8Array[] = [];
  const tables = new Map<number, HuffmanTable>();
  const blocks = blocksOf(header);
  const { components, progressive } = header;
  let restartInterval = 0;
  let scans = 0;
  let from = SOI_BYTES;
  for (;;) {
    const segment = nextSegment(bytes, from);
    if (segment === undefined || segment.offset >= header.end) break;
    const { marker, offset, contentOffset, end } = segment;
    from = end;
    const content = bytes.subarray(contentOffset, end);
    if (marker === MARKER.SOS) {
      scans++;
      const where = `scan ${scans} of ${header.scans}`;
      const found = readScanHeader(content, components, progressive);
      if (found === undefined) throw damaged(name, `${where} has a damaged header`);
      const scan = { ...found, dataOffset: end, progressive, restartInterval, tables };
      from = endOfScan(bytes, scan, blocks, scans === header.scans, (what) =>
        damaged(name, `${where}: ${what}`),
      );
      // Some cameras write other parameters into sequential scans, where they mean nothing.
      const parameters = progressive ? [] : [SEQUENTIAL_PARAMETERS];
      const head = progressive ? content : content.subarray(0, -SEQUENTIAL_PARAMETERS.length);
      parts.push(makeSegment(MARKER.SOS, head, ...parameters), bytes.subarray(end, from));
    } else if (isOfPicture(marker)) {
      if (marker === MARKER.DHT) readHuffmanTables(content, tables);
      if (marker === MARKER.DRI) restartInterval = readRestartInterval(content);
      parts.push(bytes.subarray(offset, end));
    }
  }
  return (adobeTransform) => {
    const markers = [];
    if (header.jfif) markers.push(makeSegment(MARKER.APP0, SEGMENT_SIGNATURE.jfif, JFIF));
    if (adobeTransform !== undefined) {
      const content = Uint8Array.of(...ADOBE, adobeTransform);
      markers.push(makeSegment(MARKER.APP14, SEGMENT_SIGNATURE.adobe, content));
    }
    return Buffer.concat([SOI, ...markers, ...parts, EOI]);
  };
}

/** Version 1.01, no unit, 1 to 1, no thumbnail. */
const JFIF = Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0, 0);
/** Version 100 and no flags, before the transform. */
const ADOBE = [0, 100, 0, 0, 0, 0] as const;

/** Tells segments that the picture needs: frame, tables, restart interval. */
function isOfPicture(marker: number): boolean {
  const { SOF0, SOF2, DHT, DQT, DRI } = MARKER;
  return (marker >= SOF0 && marker <= SOF2) || [DHT, DQT, DRI].some((other) => other === marker);
}

/**
 * The offset of the byte after a scan's data. Other bytes may follow before the next marker; whether they have been
 * read as data tells, for any scan but the last, the next one.
 */
function endOfScan(
  bytes: Uint8Array,
  scan: Scan,
  blocks: FrameBlocks,
  isLast: boolean,
  damaged: (what: string) => NafnetError,
): number {
  try {
    const { end, isPadded } = measureScan(bytes, scan, blocks);
    const isFollowed = end < bytes.length && bytes[end] !== 0xff;
    if (isLast && isFollowed && !(isPadded && isScanBefore(bytes, scan.dataOffset, end))) {
      throw damaged("other bytes follow, and it does not end before them as a scan does");
    }
    return end;
  } catch (error) {
    if (!(error instanceof ScanDamage)) throw error;
    throw damaged(error.message);
  }
}

/** Tells codes, with other bytes behind them, from codes that go over into these and were read out of both. */
function isScanBefore(bytes: Uint8Array, from: number, end: number): boolean {
  // Sectors that could not be read are zeros, as a rule, and zeros may be codes.
  if (bytes[end - 1] === 0 && bytes[end] === 0) return false;
  const { buffer, byteOffset } = bytes;
  const data = Buffer.from(
    buffer,
    byteOffset + from,
    Math.min(end + TRAILER_START_BYTES, bytes.length) - from,
  );
  const trailer = data.toString("latin1").search(TRAILER);
  return trailer < 0 || trailer >= end - from;
}

function blocksOf({ width, height, components, progressive }: JpegHeader): FrameBlocks {
  const maxH = Math.max(...components.map(({ h }) => h));
  const maxV = Math.max(...components.map(({ v }) => v));
  const [mcusAcross, mcusDown] = [Math.ceil(width / (8 * maxH)), Math.ceil(height / (8 * maxV))];
  const planes = components.map(({ id, h, v }) => {
    const stride = mcusAcross * h;
    return [
      id,
      {
        columns: Math.ceil((width * h) / (8 * maxH)),
        rows: Math.ceil((height * v) / (8 * maxV)),
        stride,
        nonZero: new Uint32Array(progressive ? 2 * stride * mcusDown * v : 0),
      },
    ] as const;
  });
  return { mcusAcross, mcusDown, planes: new Map(planes) };
}

function damaged(name: string, what: string): NafnetError {
  return new NafnetError("INPUT_CORRUPT", `${name}: JPEG is truncated or damaged: ${what}`);
}
