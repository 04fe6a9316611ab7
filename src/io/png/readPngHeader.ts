/**
 * The structure of a PNG file, checked before any of it is decoded.
 * PNG third edition: https://www.w3.org/TR/png-3/ (5 chunks, 11.2.1 IHDR, 11.3.1.1 tRNS, 11.3.3.6 eXIf)
 */
import { crc32 } from "node:zlib";
import { NafnetError } from "../../base/errors.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import { MAX_METADATA_PARTS } from "../metadata/metadataLimits.ts";
import {
  CONTENT_OFFSET,
  CRC_BYTES,
  EMPTY_CHUNK_BYTES,
  IHDR_BYTES,
  SIGNATURE_BYTES,
  TYPE_OFFSET,
} from "./pngLayout.ts";
import { readIhdr } from "./readIhdr.ts";

/** A chunk, without length and CRC. */
export interface PngChunk {
  /** Four letters. */
  readonly type: string;
  /** A view on the file. */
  readonly content: Uint8Array;
}

/** A PNG's header, chunks and metadata, as far as they are known without inflating. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly interlaced: boolean;
  /** Bytes of filtered scanlines that the IDAT chunks must inflate to. */
  readonly rawBytes: number;
  /** The contents of the IDAT chunks, views on the file. */
  readonly idat: readonly Uint8Array[];
  /** The tRNS chunk's contents. */
  readonly transparency: Uint8Array | undefined;
  /** The eXIf chunk's contents: a TIFF block. */
  readonly exif: Uint8Array | undefined;
  /** Other chunks that are no part of the pixels, with a right CRC; the first {@link MAX_METADATA_PARTS}. */
  readonly ancillary: readonly PngChunk[];
  /** The chunks that make up the pixels, whole: IHDR, PLTE, tRNS, IDAT, IEND; views on the file. */
  readonly pixelChunks: readonly Uint8Array[];
}

const DEPTHS = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
} as const;
const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
/** Start and step of the seven passes of Adam7: x, y, dx, dy. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Bytes that a byte of deflate inflates to at most: 258 bytes from 2 bits, https://zlib.net/zlib_tech.html */
const MAX_EXPANSION = 1032;
/** Bits of a row, which pngjs computes in 32-bit integers. */
const MAX_ROW_BITS = 2 ** 31 - 8;
/** IDAT chunks: writers make them of 8 kB or more, or of a row; 2 GiB of those are fewer. */
const MAX_IDATS = 2 ** 20;

/**
 * Walks the chunks of a PNG: order, lengths, CRCs, sizes. Allocates nothing that grows with the
 * declared size.
 *
 * @param bytes the file, which starts with the PNG signature
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export function readPngHeader(bytes: Uint8Array, name: string, maxPixels: number): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: PNG ${what}`);
  let image: ReturnType<typeof checkIhdr> | undefined;
  let transparency: Uint8Array | undefined;
  let exif: Uint8Array | undefined;
  const idat: Uint8Array[] = [];
  const pixelChunks: Uint8Array[] = [];
  const ancillary: PngChunk[] = [];
  let idatBytes = 0;

  for (let at = SIGNATURE_BYTES; ; ) {
    if (at + EMPTY_CHUNK_BYTES > bytes.length)
      throw corrupt(`ends at byte ${bytes.length} without IEND`);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + TYPE_OFFSET, at + CONTENT_OFFSET));
    const end = at + EMPTY_CHUNK_BYTES + length;
    if (end > bytes.length) {
      throw corrupt(`chunk ${type} at byte ${at} ends at ${end} of ${bytes.length}: truncated`);
    }
    const crcAt = end - CRC_BYTES;
    const content = bytes.subarray(at + CONTENT_OFFSET, crcAt);
    const known = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf"].includes(type);
    // Bit 5 of the first letter: set on chunks that a reader may skip.
    if (!known && ((bytes[at + TYPE_OFFSET] ?? 0) & 0x20) === 0) {
      throw new NafnetError(
        "INPUT_UNSUPPORTED",
        `${name}: PNG with unknown critical chunk ${JSON.stringify(type)}; re-save it as plain PNG`,
      );
    }
    const wanted = known || ancillary.length < MAX_METADATA_PARTS;
    const sound =
      wanted && crc32(bytes.subarray(at + TYPE_OFFSET, crcAt)) === view.getUint32(crcAt);
    if (known && !sound) throw corrupt(`chunk ${type} at byte ${at} has a wrong CRC`);
    if (known && type !== "eXIf") pixelChunks.push(bytes.subarray(at, end));
    if (image === undefined) {
      if (type !== "IHDR") throw corrupt(`starts with chunk ${type}, expected IHDR`);
      image = checkIhdr(content, name, maxPixels);
    } else if (type === "IHDR") {
      throw corrupt("has two IHDR chunks");
    } else if (type === "IDAT") {
      if (idat.length === MAX_IDATS) throw corrupt(`has more than ${MAX_IDATS} IDAT chunks`);
      idat.push(content);
      idatBytes += content.length;
    } else if (type === "tRNS") {
      transparency = content;
    } else if (type === "eXIf") {
      exif ??= content;
    } else if (type === "IEND") {
      if (idatBytes * MAX_EXPANSION < image.rawBytes) {
        throw corrupt(
          `declares ${image.width}x${image.height} pixels, ${image.rawBytes} bytes, which ` +
            `${idatBytes} bytes of deflate cannot hold`,
        );
      }
      return { ...image, idat, transparency, exif, ancillary, pixelChunks };
    } else if (!known && sound) {
      ancillary.push({ type, content });
    }
    at = end;
  }
}

function checkIhdr(content: Uint8Array, name: string, maxPixels: number) {
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: PNG ${what}`);
  if (content.length !== IHDR_BYTES) {
    throw corrupt(`IHDR has ${content.length} bytes, expected ${IHDR_BYTES}`);
  }
  const { width, height, compression, filter, interlace, ...pixel } = readIhdr(content);
  checkSize(name, width, height, maxPixels);
  const format = checkFormat(pixel.bitDepth, pixel.colourType);
  if (format === undefined) {
    throw corrupt(`has bit depth ${pixel.bitDepth} with colour type ${pixel.colourType}`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw corrupt(`has methods ${compression}, ${filter}, ${interlace}, expected 0, 0 and 0 or 1`);
  }
  const bitsPerPixel = format.bitDepth * SAMPLES[format.colourType];
  if (width * bitsPerPixel > MAX_ROW_BITS) {
    throw new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: a row of ${width} pixels at ${bitsPerPixel} bits is more than the limit of ` +
        `${MAX_ROW_BITS} bits; split the picture`,
    );
  }
  const interlaced = interlace === 1;
  const rawBytes = countRawBytes(width, height, bitsPerPixel, interlaced);
  return { width, height, ...format, interlaced, rawBytes };
}

/** A pair of depth and colour type as literals, or undefined for one that PNG does not have. */
function checkFormat(depth: number, colour: number) {
  for (const colourType of [0, 2, 3, 4, 6] as const) {
    for (const bitDepth of DEPTHS[colourType]) {
      if (bitDepth === depth && colourType === colour) return { bitDepth, colourType };
    }
  }
  return undefined;
}

function countRawBytes(w: number, h: number, bitsPerPixel: number, interlaced: boolean): number {
  let total = 0;
  for (const [x, y, dx, dy] of interlaced ? ADAM7 : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil(Math.max(w - x, 0) / dx);
    const rows = Math.ceil(Math.max(h - y, 0) / dy);
    // An empty pass has no scanlines at all; each of the others has a filter byte in front.
    if (columns > 0) total += rows * (1 + Math.ceil((columns * bitsPerPixel) / 8));
  }
  return total;
}
