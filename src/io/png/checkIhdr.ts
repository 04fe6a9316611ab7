import { NafnetError } from "../../base/errors.ts";
import { checkSize } from "../decoding/pictureLimits.ts";
import { type InterlacePass, interlacePasses } from "./interlacePasses.ts";
import { IHDR_BYTES } from "./pngLayout.ts";
import { readIhdr } from "./readIhdr.ts";

/** What IHDR says of the pixels, checked. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly bitsPerPixel: number;
  readonly passes: readonly InterlacePass[];
  /** Bytes of all scanlines, each with its filter's. */
  readonly rawBytes: number;
}

const DEPTHS = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
} as const;
/** Samples of a pixel in the file, by colour type. */
const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

/**
 * Checks IHDR. PNG third edition, section 11.2.1.
 *
 * @param content the chunk's
 * @param name the picture's name for messages
 * @param maxPixels see `checkSize`
 * @throws NafnetError INPUT_CORRUPT or INPUT_TOO_LARGE
 */
export function checkIhdr(content: Uint8Array, name: string, maxPixels: number): PngImage {
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
  const passes = interlacePasses(width, height, bitsPerPixel, interlace === 1);
  const rawBytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  return { width, height, ...format, bitsPerPixel, passes, rawBytes };
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
