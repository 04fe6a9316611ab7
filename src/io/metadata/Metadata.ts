/**
 * A picture's metadata, in a form that can be written to every format.
 */

/** The inch, by definition. */
export const METRES_PER_INCH = 0.0254;

/** The size of a pixel. */
export interface Density {
  /** Pixels a unit, across. */
  readonly x: number;
  /** Pixels a unit, down. */
  readonly y: number;
  /** `aspect`: only the ratio of x to y means something */
  readonly unit: "inch" | "metre" | "aspect";
}

/** A text in the file. */
export interface Comment {
  /** PNG's keyword, e.g. `Author`; `Comment` for those of a JPEG. */
  readonly keyword: string;
  readonly text: string;
}

/** The chunks by which a PNG tells its colours, apart from an ICC profile. */
export const COLOUR_CHUNKS = ["cICP", "sRGB", "gAMA", "cHRM"] as const;
export type ColourChunk = (typeof COLOUR_CHUNKS)[number];

/** Metadata that goes from a picture's file to its result's. */
export interface Metadata {
  /** The ICC profile of the pixels' colours. */
  readonly icc?: Uint8Array | undefined;
  /** A PNG's colour chunks: their contents. */
  readonly colour?: Readonly<Partial<Record<ColourChunk, Uint8Array>>> | undefined;
  readonly density?: Density | undefined;
  /** A TIFF block, made for the upright pixels: orientation 1, no thumbnail. */
  readonly exif?: Uint8Array | undefined;
  /** An XMP packet in UTF-8. */
  readonly xmp?: Uint8Array | undefined;
  /** The contents of a JPEG's Photoshop segments, IPTC among them. */
  readonly photoshop?: readonly Uint8Array[] | undefined;
  readonly comments?: readonly Comment[] | undefined;
  /** The quality, 1-100, that a JPEG's quantisation stands for. */
  readonly quality?: number | undefined;
  /** Parts of the file that are not carried along, and why, a sentence each. */
  readonly notes?: readonly string[] | undefined;
}

/**
 * The metadata without blocks that may tell of people and places: EXIF (with its GPS position), XMP, IPTC and
 * comments. Profile, colour chunks and density stay: the picture's look depends on them.
 */
export function stripped({ icc, colour, density, quality, notes }: Metadata): Metadata {
  return { icc, colour, density, quality, notes };
}
