import { COLOUR_CHUNKS } from "../metadata/Metadata.ts";
import { MAX_METADATA_PARTS } from "../metadata/metadataLimits.ts";
import type { PngImage } from "./checkIhdr.ts";

/** A chunk, without length and CRC. */
export interface PngChunk {
  /** Four letters. */
  readonly type: string;
  /** A view on the file. */
  readonly content: Uint8Array;
}

/** The chunks that are read and that a picture can do without, and what they are to a user. */
const MEANINGS: Readonly<Partial<Record<string, string>>> = {
  tRNS: "The transparency",
  cICP: "The colour space",
  sRGB: "The colour space",
  cHRM: "The colour space",
  gAMA: "The gamma",
  iCCP: "The ICC profile",
  eXIf: "The EXIF block",
  pHYs: "The density",
  tEXt: "A text",
  zTXt: "A text",
  iTXt: "A text",
  acTL: "The animation",
};

/** Those that count only before the pixels: other programs have shown the picture without them by then. */
const BEFORE_PIXELS: readonly string[] = ["tRNS", "iCCP", ...COLOUR_CHUNKS];

/** Where a chunk stands. */
export interface ChunkPlace {
  /** The picture's IHDR. */
  readonly image: PngImage;
  /** PLTE's content, empty if none came before. */
  readonly palette: Uint8Array;
  /** Whether an IDAT chunk came before. */
  readonly pixelsBegan: boolean;
}

/**
 * Collects the chunks that a picture can do without. Those that are damaged or out of place are left out with a
 * note, where libpng has a warning.
 */
export class OptionalChunks {
  /** Metadata in the file's order. */
  readonly metadata: PngChunk[] = [];
  /** The first sound tRNS chunk's content. */
  transparency: Uint8Array | undefined;
  /** What was left out, and why, a sentence each. */
  readonly notes: Set<string> = new Set();
  #parts = 0;

  /** Tells whether a chunk is of a type that is read, and among the first {@link MAX_METADATA_PARTS}. */
  wants(type: string): boolean {
    return MEANINGS[type] !== undefined && (type === "tRNS" || this.#parts < MAX_METADATA_PARTS);
  }

  /** Takes a chunk that is wanted. @param isSound whether its CRC is right */
  add({ type, content }: PngChunk, isSound: boolean, place: ChunkPlace): void {
    const problem = isSound ? problemOf(type, content, place) : "has a wrong CRC";
    if (problem !== undefined) {
      this.notes.add(`${MEANINGS[type]} (chunk ${type}) ${problem}; it is left out.`);
    } else if (type === "tRNS") {
      this.transparency ??= content;
    } else {
      this.metadata.push({ type, content });
    }
    this.#parts++;
  }
}

function problemOf(
  type: string,
  { length }: Uint8Array,
  { image, palette, pixelsBegan }: ChunkPlace,
): string | undefined {
  if (pixelsBegan && BEFORE_PIXELS.includes(type)) return "comes after the pixels";
  if (type !== "tRNS") return undefined;
  switch (image.colourType) {
    case 0:
    case 2: {
      const expected = image.colourType === 0 ? 2 : 6;
      return length === expected ? undefined : `has ${length} bytes, expected ${expected}`;
    }
    case 3:
      if (palette.length === 0) return "comes before the palette";
      return length > 0 ? undefined : "is empty";
    case 4:
    case 6:
      return "is for pixels that have alpha already";
    default:
      return image.colourType satisfies never;
  }
}
