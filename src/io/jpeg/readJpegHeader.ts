/**
 * The structure of a JPEG file, checked before any of it is decoded.
 * ITU-T T.81, annex B: https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
import { NafnetError } from "../../base/errors.ts";
import { hasSignature } from "../decoding/hasSignature.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import { MAX_METADATA_PARTS } from "../metadata/metadataLimits.ts";
import { FRAME_SIZE_BYTES, readFrameSize } from "./frameSize.ts";
import type { JpegComponent } from "./JpegComponent.ts";
import { isBoundary, isFrameMarker, isMetadataMarker, MARKER, SOI_BYTES } from "./markers.ts";
import { readScanHeader, ScanCoverage } from "./scanHeader.ts";
import { SEGMENT_SIGNATURE } from "./segmentSignatures.ts";
import {
  type JpegSegment,
  nextSegment,
  readRestartInterval,
  type SegmentRange,
} from "./segments.ts";

/** A JPEG's frame, tables and metadata, as far as they are known without decoding. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 YCbCr or RGB, 4 CMYK or YCCK */
  readonly components: readonly JpegComponent[];
  /** 8x8 blocks of all components, with the padding to whole MCUs. */
  readonly blocks: number;
  /** True when there is a JFIF marker, which promises YCbCr or grey. */
  readonly jfif: boolean;
  /** The Adobe marker's transform: 0 as stored, 1 YCbCr, 2 YCCK. */
  readonly adobeTransform: number | undefined;
  readonly progressive: boolean;
  /** Offset of the last scan's data. */
  readonly lastScan: number;
  /** Offset of the marker after the last scan, EOI as a rule; the file's size where none follows. */
  readonly end: number;
  /** True when a scan of one of several components has restart markers. */
  readonly restartsInSingleScans: boolean;
  /** Passes over the picture. */
  readonly scans: number;
  /** The 64 values of the first component's quantisation table, if the file has it. */
  readonly quantisation: readonly number[] | undefined;
  /** The first segments of metadata (APPn, COM), {@link MAX_METADATA_PARTS} at most. */
  readonly segments: readonly JpegSegment[];
}

/**
 * Scans in one file. Encoders write about 10 (libjpeg's progressive script); each scan of a few
 * bytes costs a pass over the picture, so an open number lets a small file run for hours.
 * libjpeg-turbo's own fuzzers stop at 500.
 */
const MAX_SCANS = 500;

/**
 * Blocks times scans: a progressive scan passes over 32767 blocks with a few bits, so a file of 400 kB can
 * have hundreds over 64 megapixels. Measured: 75 ns a visit, so 10 s; 268 megapixels at 4:4:4 in 10 scans
 * are 126 million.
 */
const MAX_BLOCK_VISITS = 2 ** 27;

/** The transform's offset in an Adobe segment's contents. */
const ADOBE_TRANSFORM_OFFSET = 11;

/**
 * Walks the markers of a JPEG up to its end: EOI or, where all of the picture has been there, anything that cannot
 * belong to it. Allocates nothing that grows with the declared size.
 *
 * @param bytes the file, which starts with SOI
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export function readJpegHeader(bytes: Uint8Array, name: string, maxPixels: number): JpegHeader {
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: JPEG ${what}`);
  let frame: ReturnType<typeof readFrame> | undefined;
  let coverage: ScanCoverage | undefined;
  let jfif = false;
  const segments: JpegSegment[] = [];
  const tables = new Map<number, number[]>();
  let adobeTransform: number | undefined;
  let scans = 0;
  let restartInterval = 0;
  let restartsInSingleScans = false;
  let isWhole = false;
  let lastScan = 0;
  /** Offset of the marker after the last scan, once that is known. */
  let scanEnd: number | undefined;
  let hasEnd = false;

  for (
    let segment = nextSegment(bytes, SOI_BYTES);
    segment !== undefined;
    segment = nextSegment(bytes, segment.end)
  ) {
    const { marker, offset, contentOffset, end } = segment;
    if (scans > 0) scanEnd ??= offset;
    hasEnd = marker === MARKER.EOI;
    // Another picture, or a trailer: bytes that look like a segment by chance.
    const isStranger = marker === MARKER.SOI ? scans > 0 : isWhole && !mayFollow(marker);
    if (hasEnd || isStranger || (isWhole && end > bytes.length)) break;
    if (marker === MARKER.SOI) continue;
    if (end < contentOffset || end > bytes.length) {
      throw corrupt(
        `marker ff${marker.toString(16)} at byte ${offset} ends at ${end} of ${bytes.length}: truncated`,
      );
    }
    const content = bytes.subarray(contentOffset, end);
    if (isFrameMarker(marker)) {
      if (frame !== undefined) throw corrupt("has two frames");
      if (tellsHeightLater(bytes, segment)) {
        throw new NafnetError(
          "INPUT_UNSUPPORTED",
          `${name}: JPEG whose height comes after the picture (DNL marker) is not decoded; ` +
            `convert it to PNG, or to JPEG anew`,
        );
      }
      frame = readFrame(marker, content, bytes.length, name, maxPixels);
      coverage = new ScanCoverage(frame.components);
    } else if (marker === MARKER.SOS) {
      scans++;
      scanEnd = undefined;
      lastScan = end;
      if (scans > MAX_SCANS) throw corrupt(`has more than ${MAX_SCANS} scans`);
      if (frame === undefined || coverage === undefined) {
        throw corrupt("has a scan before its frame header: damaged");
      }
      const scan = readScanHeader(content, frame.components, frame.progressive);
      if (scan === undefined) throw corrupt(`has a damaged header of scan ${scans}`);
      coverage.add(scan);
      isWhole = coverage.isComplete;
      const isSingle = scan.components.length < frame.components.length;
      restartsInSingleScans ||= restartInterval > 0 && scan.components.length === 1 && isSingle;
    } else if (marker === MARKER.DRI) {
      restartInterval = readRestartInterval(content);
    } else if (marker === MARKER.DQT) {
      readTables(content, tables);
    } else if (marker === MARKER.APP0 && hasSignature(content, SEGMENT_SIGNATURE.jfif)) {
      jfif = true;
    } else if (marker === MARKER.APP14 && hasSignature(content, SEGMENT_SIGNATURE.adobe)) {
      adobeTransform = content[ADOBE_TRANSFORM_OFFSET] ?? adobeTransform;
    }
    if (isMetadataMarker(marker) && segments.length < MAX_METADATA_PARTS) {
      segments.push({ marker, content });
    }
  }
  if (frame === undefined) throw corrupt("has no frame header: truncated or damaged");
  if (scans === 0) throw corrupt("has no picture data: truncated or damaged");
  if (frame.blocks * scans > MAX_BLOCK_VISITS) {
    throw new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: ${scans} scans over ${frame.blocks} blocks are more work than the limit of ` +
        `${MAX_BLOCK_VISITS}; save it as baseline JPEG`,
    );
  }
  if (!coverage?.hasAllComponents || !(hasEnd || isWhole)) {
    throw corrupt(`ends after scan ${scans}, and others are missing: truncated`);
  }
  const quantisation = tables.get(frame.components[0]?.table ?? 0);
  return {
    ...{ ...frame, jfif, adobeTransform, lastScan, end: scanEnd ?? bytes.length },
    ...{ restartsInSingleScans, scans, quantisation, segments },
  };
}

/** Tells segments that may come between the last scan and EOI. */
function mayFollow(marker: number): boolean {
  return isMetadataMarker(marker) || marker === MARKER.DNL;
}

/** Whether a frame has no height, and a DNL segment tells it (T.81, B.2.5). */
function tellsHeightLater(bytes: Uint8Array, frame: SegmentRange): boolean {
  const content = bytes.subarray(frame.contentOffset, frame.end);
  if (content.length < FRAME_SIZE_BYTES || readFrameSize(content).height !== 0) return false;
  let segment = nextSegment(bytes, frame.end);
  while (segment !== undefined && segment.marker !== MARKER.DNL && !isBoundary(segment.marker)) {
    segment = nextSegment(bytes, segment.end);
  }
  return segment?.marker === MARKER.DNL;
}

/** Reads a DQT segment: tables of 8 or 16 bits, one after the other (T.81, B.2.4.1). */
function readTables(content: Uint8Array, tables: Map<number, number[]>): void {
  for (let at = 0; at < content.length; ) {
    const [wide, id] = [content[at]! >> 4 !== 0, content[at]! & 15];
    const values = content.subarray(at + 1, at + 1 + (wide ? 128 : 64));
    if (values.length < (wide ? 128 : 64)) return;
    const table = Array.from({ length: 64 }, (_, i) =>
      wide ? (values[2 * i]! << 8) | values[2 * i + 1]! : values[i]!,
    );
    tables.set(id, table);
    at += 1 + values.length;
  }
}

function readFrame(
  marker: number,
  content: Uint8Array,
  fileBytes: number,
  name: string,
  maxPixels: number,
) {
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: JPEG ${what}`);
  const unsupported = (what: string) =>
    new NafnetError("INPUT_UNSUPPORTED", `${name}: ${what}; convert it to 8-bit RGB JPEG or PNG`);
  if (content.length < 6) throw corrupt(`frame header has ${content.length} bytes`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const precision = view.getUint8(0);
  const { width, height } = readFrameSize(content);
  const count = view.getUint8(5);
  checkSize(name, width, height, maxPixels);
  if (marker > MARKER.SOF2) throw unsupported(`${frameKind(marker)} is not decoded`);
  if (precision !== 8) throw unsupported(`JPEG with ${precision} bits a sample is not decoded`);
  if (content.length !== 6 + 3 * count) {
    throw corrupt(`frame header has ${content.length} bytes for ${count} components`);
  }
  if (count !== 1 && count !== 3 && count !== 4) {
    throw unsupported(`JPEG with ${count} colour components is not decoded`);
  }
  const components: JpegComponent[] = [];
  for (let at = 6; at < content.length; at += 3) {
    const [id, sampling] = [view.getUint8(at), view.getUint8(at + 1)];
    const table = view.getUint8(at + 2);
    const [h, v] = [sampling >> 4, sampling & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw corrupt(`has sampling factors ${h}x${v}`);
    if (components.some((other) => other.id === id)) throw corrupt(`has component ${id} twice`);
    components.push({ id, h, v, table });
  }
  const blocks = countBlocks(width, height, components);
  // A block takes at least one bit, its DC difference.
  if (blocks.coded > fileBytes * 8) {
    throw corrupt(
      `declares ${width}x${height} pixels, ${blocks.coded} blocks, which ${fileBytes} bytes ` +
        `cannot hold`,
    );
  }
  const progressive = marker === MARKER.SOF2;
  return { width, height, components, progressive, blocks: blocks.padded };
}

function countBlocks(width: number, height: number, components: readonly JpegComponent[]) {
  const maxH = Math.max(...components.map(({ h }) => h));
  const maxV = Math.max(...components.map(({ v }) => v));
  const mcus = Math.ceil(width / (8 * maxH)) * Math.ceil(height / (8 * maxV));
  let coded = 0;
  let padded = 0;
  for (const { h, v } of components) {
    coded += Math.ceil((width * h) / (8 * maxH)) * Math.ceil((height * v) / (8 * maxV));
    padded += mcus * h * v;
  }
  return { coded, padded };
}

function frameKind(marker: number): string {
  if (marker === MARKER.SOF55) return "JPEG-LS";
  if (marker === MARKER.SOF3) return "lossless JPEG";
  return marker >= MARKER.SOF9 && marker <= MARKER.SOF15
    ? "arithmetic-coded JPEG"
    : "hierarchical JPEG";
}
