/**
 * The structure of a JPEG file, checked before any of it is decoded.
 * ITU-T T.81, annex B: https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
import { NafnetError } from "../../base/errors.ts";
import { hasSignature } from "../decoding/hasSignature.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import { MAX_METADATA_PARTS } from "../metadata/metadataLimits.ts";
import { readFrameSize } from "./frameSize.ts";
import { isFrameMarker, isMetadataMarker, MARKER, SOI_BYTES } from "./markers.ts";
import { SEGMENT_SIGNATURE } from "./segmentSignatures.ts";
import { type JpegSegment, nextSegment } from "./segments.ts";

/** One colour component of a frame and its sampling factors. */
export interface JpegComponent {
  readonly id: number;
  /** Horizontal sampling factor, 1-4. */
  readonly h: number;
  /** Vertical sampling factor, 1-4. */
  readonly v: number;
  /** Number of its quantisation table. */
  readonly table: number;
}

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
  /** Offsets in the file of all Adobe markers' transforms. */
  readonly adobeTransformOffsets: readonly number[];
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
 * Walks the markers of a JPEG up to its end. Allocates nothing that grows with the declared size.
 *
 * @param bytes the file, which starts with SOI
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export function readJpegHeader(bytes: Uint8Array, name: string, maxPixels: number): JpegHeader {
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: JPEG ${what}`);
  let frame: ReturnType<typeof readFrame> | undefined;
  let jfif = false;
  const segments: JpegSegment[] = [];
  const tables = new Map<number, number[]>();
  let adobeTransform: number | undefined;
  const adobeTransformOffsets: number[] = [];
  let scans = 0;
  let restartInterval = 0;
  let restartsInSingleScans = false;

  for (
    let segment = nextSegment(bytes, SOI_BYTES);
    segment !== undefined && segment.marker !== MARKER.EOI;
    segment = nextSegment(bytes, segment.end)
  ) {
    const { marker, offset, contentOffset, end } = segment;
    if (end < contentOffset || end > bytes.length) {
      throw corrupt(
        `marker ff${marker.toString(16)} at byte ${offset} ends at ${end} of ${bytes.length}: truncated`,
      );
    }
    const content = bytes.subarray(contentOffset, end);
    if (isFrameMarker(marker)) {
      if (frame !== undefined) throw corrupt("has two frames");
      frame = readFrame(marker, content, bytes.length, name, maxPixels);
    } else if (marker === MARKER.SOS) {
      scans++;
      if (scans > MAX_SCANS) throw corrupt(`has more than ${MAX_SCANS} scans`);
      if (restartInterval > 0 && content[0] === 1 && frame !== undefined) {
        restartsInSingleScans ||= frame.components.length > 1;
      }
    } else if (marker === MARKER.DRI && content.length >= 2) {
      restartInterval = (content[0]! << 8) | content[1]!;
    } else if (marker === MARKER.DQT) {
      readTables(content, tables);
    } else if (marker === MARKER.APP0 && hasSignature(content, SEGMENT_SIGNATURE.jfif)) {
      jfif = true;
    } else if (
      marker === MARKER.APP14 &&
      hasSignature(content, SEGMENT_SIGNATURE.adobe) &&
      content.length > ADOBE_TRANSFORM_OFFSET
    ) {
      adobeTransform = content[ADOBE_TRANSFORM_OFFSET];
      adobeTransformOffsets.push(contentOffset + ADOBE_TRANSFORM_OFFSET);
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
  const quantisation = tables.get(frame.components[0]?.table ?? 0);
  return {
    ...{ ...frame, jfif, adobeTransform, adobeTransformOffsets },
    ...{ restartsInSingleScans, scans, quantisation, segments },
  };
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
  if (marker > MARKER.SOF2) throw unsupported(`${frameKind(marker)} JPEG is not decoded`);
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
  return { width, height, components, blocks: blocks.padded };
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
  if (marker === MARKER.SOF3) return "lossless";
  return marker >= MARKER.SOF9 ? "arithmetic-coded" : "hierarchical";
}
