/**
 * JPEG to raster by jpeg-js, with the checks that it lacks: for CMYK and YCCK, which libjpeg-turbo leaves as they are,
 * and for files that it has a warning about.
 */
import { getHeapStatistics } from "node:v8";
import jpeg from "jpeg-js";
import { NafnetError } from "../../base/errors.ts";
import { formatBytes } from "../../base/formatBytes.ts";
import type { Raster } from "../../image/Raster.ts";
import { decoderError } from "../decoding/decoderError.ts";
import type { JpegHeader } from "./readJpegHeader.ts";
import type { RebuiltJpeg } from "./rebuildJpeg.ts";
import { ycbcrToRgb } from "./ycbcrToRgb.ts";

/** Heap of a block, which jpeg-js keeps as an Int32Array: 194 bytes measured, beside 256 of contents. */
const HEAP_BYTES_PER_BLOCK = 200;
/** Bytes of Huffman and quantisation tables, which jpeg-js counts too: 500 scans of 4 tables are below 1 MB. */
const TABLE_BYTES = 2 ** 22;

/**
 * Decodes a JPEG whose header and scans have been checked. Four components become RGB; without an Adobe marker they
 * are taken for CMYK, as libjpeg does.
 *
 * @param header of the file that was rebuilt
 * @param name the picture's name for messages
 * @returns as stored: the orientation is not applied
 * @throws NafnetError INPUT_CORRUPT, INPUT_UNSUPPORTED or INPUT_TOO_LARGE
 */
export function decodeWithJpegJs(rebuilt: RebuiltJpeg, header: JpegHeader, name: string): Raster {
  const { width, height, components, adobeTransform = 0 } = header;
  checkHeap(header, name);
  // By an Adobe marker jpeg-js takes four components for CMYK: inverted, as they all are. Three components it would
  // convert by it.
  const bytes = rebuilt(components.length === 4 ? adobeTransform : undefined);
  let data: Uint8Array;
  try {
    ({ data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      // Three components as stored: ycbcrToRgb does better, and jpeg-js takes Adobe RGB for YCbCr.
      colorTransform: false,
      // Without it, a valid grey file whose last restart interval is not full fails. It forgives
      // nothing else; missing data is an error all the same.
      tolerantDecoding: true,
      // readJpegHeader has checked the size. This is for a second frame it may not have seen.
      maxResolutionInMP: Math.ceil((width * height) / 1e6),
      maxMemoryUsageInMB: decoderBytes(header) / 2 ** 20,
    }));
  } catch (error) {
    if (header.restartsInSingleScans) {
      // jpeg-js 0.4.4 runs past the end of such a scan's last interval into the padding blocks.
      throw new NafnetError(
        "INPUT_UNSUPPORTED",
        `${name}: damaged, or one of the progressive JPEGs with restart markers that are not ` +
          `decoded; save it without restart markers, or as PNG`,
        error,
      );
    }
    if (error instanceof RangeError) throw decoderError(name, "JPEG", error); // no memory
    // Its structure is sound, and its scans are whole.
    const what = "a table is missing, or its parts contradict each other";
    throw new NafnetError("INPUT_CORRUPT", `${name}: JPEG is damaged: ${what}`, error);
  }
  if (components.length === 3 && isYcbcr(header)) ycbcrToRgb(data, width, height, components);
  return components.length === 1
    ? { width, height, channels: 1, bitDepth: 8, data: everyThird(data) }
    : { width, height, channels: 3, bitDepth: 8, data };
}

/** Compares the heap that jpeg-js will need with the free one: an exhausted heap ends the process. */
function checkHeap(header: JpegHeader, name: string): void {
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  const needed = header.blocks * HEAP_BYTES_PER_BLOCK;
  // The rest is for the collector, which fails before the last byte is gone.
  const free = (heap_size_limit - used_heap_size) * 0.8;
  if (needed > free) {
    throw new NafnetError(
      "INPUT_TOO_LARGE",
      `${name}: decoding a JPEG of ${header.width}x${header.height} needs ${formatBytes(needed, Math.ceil)} of ` +
        `heap but ${formatBytes(free, Math.floor)} are free; run node with a larger --max-old-space-size, or ` +
        `convert it to PNG`,
    );
  }
}

/** Bytes that jpeg-js counts at most for a frame: coefficients, component planes, two rasters. */
function decoderBytes({ blocks, width, height, components }: JpegHeader): number {
  return blocks * (256 + 64) + width * height * (components.length + 3) + TABLE_BYTES;
}

/** Tells YCbCr from RGB by libjpeg's rule for three components (jdapimin.c, default_decompress_parms). */
function isYcbcr({ jfif, adobeTransform, components }: JpegHeader): boolean {
  if (jfif) return true;
  if (adobeTransform !== undefined) return adobeTransform !== 0;
  return String.fromCharCode(...components.map(({ id }) => id)) !== "RGB";
}

function everyThird(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length / 3);
  for (let at = 0; at < out.length; at++) out[at] = data[at * 3]!;
  return out;
}
