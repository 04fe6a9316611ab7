/**
 * The structure of a PNG file, checked before any of it is decoded.
 * PNG third edition: https://www.w3.org/TR/png-3/ (5 chunks, 11.2 critical chunks)
 */
import { NafnetError } from "../../base/errors.ts";
import { checkIhdr, type PngImage } from "./checkIhdr.ts";
import { chunkAt, hasRightCrc } from "./chunkAt.ts";
import { OptionalChunks, type PngChunk } from "./OptionalChunks.ts";
import { SIGNATURE_BYTES } from "./pngLayout.ts";

/** A PNG's header, chunks and metadata, as far as they are known without inflating. */
export interface PngHeader extends PngImage {
  /** The contents of the IDAT chunks, views on the file. */
  readonly idat: readonly Uint8Array[];
  /** Red, green and blue of each entry; empty unless the colour type is 3. */
  readonly palette: Uint8Array;
  /** The tRNS chunk's content, if it fits the colour type. */
  readonly transparency: Uint8Array | undefined;
  /** The chunks of metadata that are sound. */
  readonly metadata: readonly PngChunk[];
  /** Where chunks end for want of an IEND. The pixels may all be there. */
  readonly cutAt: number | undefined;
  /** What was left out, and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Bytes that a byte of deflate inflates to at most: 258 bytes from 2 bits, https://zlib.net/zlib_tech.html */
const MAX_EXPANSION = 1032;
/** IDAT chunks: writers make them of 8 kB or more, or of a row; 2 GiB of those are fewer. */
const MAX_IDATS = 2 ** 20;
/** Bytes of a palette: 256 entries. */
const MAX_PALETTE_BYTES = 3 * 256;

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
  const corrupt = (what: string) => new NafnetError("INPUT_CORRUPT", `${name}: PNG ${what}`);
  let image: PngImage | undefined;
  let palette: Uint8Array = new Uint8Array();
  let cutAt: number | undefined;
  const idat: Uint8Array[] = [];
  const optional = new OptionalChunks();

  for (let at = SIGNATURE_BYTES, type = ""; type !== "IEND"; ) {
    const chunk = chunkAt(bytes, at);
    if (chunk === undefined || !chunk.isWhole) {
      const isPixels = chunk?.type === "IDAT";
      if (image === undefined || (idat.length === 0 && !isPixels)) {
        throw corrupt(
          `is truncated or damaged at byte ${at} of ${bytes.length}, before its pixels`,
        );
      }
      // It has no CRC any more, but zlib's checksum is still to come.
      if (isPixels) idat.push(chunk.content);
      cutAt = at;
      break;
    }
    type = chunk.type;
    const { content } = chunk;
    const checkCrc = () => {
      if (hasRightCrc(bytes, at, chunk)) return;
      throw corrupt(`chunk ${type} at byte ${at} has a wrong CRC`);
    };
    if (chunk.isCritical && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)) {
      throw new NafnetError(
        "INPUT_UNSUPPORTED",
        `${name}: PNG with unknown critical chunk ${JSON.stringify(type)}; re-save it as plain PNG`,
      );
    }
    if (image === undefined) {
      if (type !== "IHDR") throw corrupt(`starts with chunk ${type}, expected IHDR`);
      checkCrc();
      image = checkIhdr(content, name, maxPixels);
    } else if (type === "IHDR") {
      throw corrupt("has two IHDR chunks");
    } else if (type === "PLTE") {
      // A mere suggestion in other colour types.
      if (image.colourType === 3 && idat.length === 0) {
        checkCrc();
        if (palette.length > 0) throw corrupt("has two palettes");
        palette = content;
      }
    } else if (type === "IDAT") {
      checkCrc();
      if (idat.length === MAX_IDATS) throw corrupt(`has more than ${MAX_IDATS} IDAT chunks`);
      idat.push(content);
    } else if (optional.wants(type)) {
      const pixelsBegan = idat.length > 0;
      optional.add(chunk, hasRightCrc(bytes, at, chunk), { image, palette, pixelsBegan });
    }
    at = chunk.end;
  }
  if (image === undefined) throw corrupt("has no IHDR chunk");

  const { width, height, rawBytes, colourType } = image;
  const idatBytes = idat.reduce((sum, { length }) => sum + length, 0);
  if (idatBytes * MAX_EXPANSION < rawBytes) {
    throw corrupt(
      `declares ${width}x${height} pixels, ${rawBytes} bytes, which ` +
        `${idatBytes} bytes of deflate cannot hold`,
    );
  }
  const { length } = palette;
  if (colourType === 3 && (length === 0 || length % 3 !== 0 || length > MAX_PALETTE_BYTES)) {
    throw corrupt(
      `has ${length} bytes of palette before its pixels, expected 3 to ${MAX_PALETTE_BYTES} by threes`,
    );
  }
  const { transparency, metadata, notes } = optional;
  return {
    ...image,
    ...{ idat, palette, cutAt, metadata, notes: [...notes] },
    // One for each entry; some writers write 256 of them always.
    transparency: colourType === 3 ? transparency?.subarray(0, length / 3) : transparency,
  };
}
