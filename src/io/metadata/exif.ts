/**
 * EXIF blocks: orientation, density, and the block for upright pixels.
 * EXIF 2.32, section 4.6; TIFF 6.0, section 2.
 */
import type { Orientation } from "../../image/applyOrientation.ts";
import type { Density } from "./Metadata.ts";

const ORIENTATION = 0x0112;
const X_RESOLUTION = 0x011a;
const Y_RESOLUTION = 0x011b;
const RESOLUTION_UNIT = 0x0128;
const EXIF_DIRECTORY = 0x8769;
const PIXEL_X_DIMENSION = 0xa002;
const PIXEL_Y_DIMENSION = 0xa003;
const BYTE = 1;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
/** The largest type: of TIFF's 12, and IFD. */
const MAX_TYPE = 13;
/** Bytes of an entry: tag, type, count, value. */
const ENTRY_BYTES = 12;

/** An image file directory's place in its block. */
interface Directory {
  /** Offset of its count of entries. */
  readonly start: number;
  /** Offset of the first entry. */
  readonly entries: number;
  /** Offset after the last entry, where the next directory's offset stands. */
  readonly end: number;
}

/**
 * Reads the orientation of an EXIF block.
 *
 * @param tiff the block from its TIFF header (`II*\0` or `MM\0*`) on
 * @returns the orientation, 1 when there is none or the block is damaged: a bad note about a
 *   picture is no reason to refuse the picture
 */
export function exifOrientation(tiff: Uint8Array): Orientation {
  const block = open(tiff);
  const entry = block && find(block, block.first, ORIENTATION);
  return entry === undefined ? 1 : (orientationOf(block!, entry) ?? 1);
}

/**
 * An entry's value, where it is an orientation. Its type is to be SHORT, but programs also write BYTE and LONG; its
 * count is 1 whatever it says.
 */
function orientationOf({ view, little }: Block, entry: number): Orientation | undefined {
  const at = entry + 8;
  switch (view.getUint16(entry + 2, little)) {
    case BYTE:
      return asOrientation(view.getUint8(at));
    case SHORT:
      return asOrientation(view.getUint16(at, little));
    case LONG:
      return asOrientation(view.getUint32(at, little));
    default:
      return undefined;
  }
}

/**
 * Reads the density of an EXIF block.
 *
 * @param tiff the block from its TIFF header on
 * @returns undefined when the block does not say, or is damaged
 */
export function exifDensity(tiff: Uint8Array): Density | undefined {
  const block = open(tiff);
  const x = block && rational(block, X_RESOLUTION);
  const y = block && rational(block, Y_RESOLUTION);
  if (block === undefined || x === undefined || y === undefined) return undefined;
  const unit = find(block, block.first, RESOLUTION_UNIT);
  // Inches unless it says otherwise (EXIF 2.32, 4.6.5 A); 1 is no unit, 3 centimetres.
  const value = unit === undefined ? 2 : block.view.getUint16(unit + 8, block.little);
  if (value === 3) return { x: x * 100, y: y * 100, unit: "metre" };
  return { x, y, unit: value === 2 ? "inch" : "aspect" };
}

/** A fraction of the first directory, above 0. */
function rational(block: Block, tag: number): number | undefined {
  const { view, little } = block;
  const entry = find(block, block.first, tag);
  if (entry === undefined || view.getUint16(entry + 2, little) !== RATIONAL) return undefined;
  const at = view.getUint32(entry + 8, little);
  if (at + 8 > view.byteLength) return undefined;
  const value = view.getUint32(at, little) / view.getUint32(at + 4, little);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * The block for pixels that have been turned upright: orientation 1, width and height exchanged where
 * the pixels' were, and without the thumbnail, which shows the picture as it was, unrestored and unturned.
 * Everything else, maker notes included, keeps its place, so that offsets in it stay right.
 *
 * @param tiff not changed
 * @param orientation the one that was applied to the pixels
 * @returns a copy, or undefined when the block is damaged
 */
export function uprightExif(tiff: Uint8Array, orientation: Orientation): Uint8Array | undefined {
  if (open(tiff) === undefined) return undefined;
  const copy = new Uint8Array(tiff); // `slice` of a Buffer is a view
  const block = open(copy)!; // of the same contents
  const { view, little, first } = block;
  // A damaged count would let readers take other bytes for entries.
  view.setUint16(first.start, (first.end - first.entries) / ENTRY_BYTES, little);
  const entry = find(block, first, ORIENTATION);
  // One that was not understood says as much of the result as it did of the picture.
  if (entry !== undefined && orientationOf(block, entry) !== undefined) {
    // With the type that EXIF prescribes: it may have been another.
    view.setUint16(entry + 2, SHORT, little);
    view.setUint32(entry + 4, 1, little);
    view.setUint32(entry + 8, 0, little);
    view.setUint16(entry + 8, 1, little);
  }
  if (first.end + 4 <= copy.length) view.setUint32(first.end, 0, little); // the thumbnail's directory
  if (orientation >= 5) swapSides(block);
  return copy;
}

/** A block whose header and first directory are sound. */
interface Block {
  readonly view: DataView;
  /** True for little-endian numbers. */
  readonly little: boolean;
  /** The first directory, that of the picture itself. */
  readonly first: Directory;
}

function open(tiff: Uint8Array): Block | undefined {
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  if (!little && view.getUint16(0) !== 0x4d4d) return undefined;
  if (view.getUint16(2, little) !== 42) return undefined;
  const first = directoryAt(view, view.getUint32(4, little), little);
  return first && { view, little, first };
}

/**
 * @returns undefined where there is none. Where the count of entries goes past the block, those that are there up to
 *   one without a type
 */
function directoryAt(view: DataView, start: number, little: boolean): Directory | undefined {
  if (start < 8 || start + 2 > view.byteLength) return undefined;
  const entries = start + 2;
  const end = entries + view.getUint16(start, little) * ENTRY_BYTES;
  if (end <= view.byteLength) return { start, entries, end };
  let last = entries;
  while (last + ENTRY_BYTES <= view.byteLength && hasType(view, last, little)) last += ENTRY_BYTES;
  return last === entries ? undefined : { start, entries, end: last };
}

function hasType(view: DataView, entry: number, little: boolean): boolean {
  const type = view.getUint16(entry + 2, little);
  return type >= 1 && type <= MAX_TYPE;
}

/** The offset of a tag's entry. */
function find({ view, little }: Block, { entries, end }: Directory, tag: number) {
  for (let at = entries; at < end; at += ENTRY_BYTES) {
    if (view.getUint16(at, little) === tag) return at;
  }
  return undefined;
}

/** Exchanges the width and height that the block gives. */
function swapSides(block: Block): void {
  const { view, little, first } = block;
  const pointer = find(block, first, EXIF_DIRECTORY);
  const start = pointer === undefined ? 0 : view.getUint32(pointer + 8, little);
  const directory = directoryAt(view, start, little);
  if (directory === undefined) return;
  const x = find(block, directory, PIXEL_X_DIMENSION);
  const y = find(block, directory, PIXEL_Y_DIMENSION);
  if (x === undefined || y === undefined) return;
  // Type, count and value: the two may be a SHORT and a LONG.
  for (let at = 2; at < ENTRY_BYTES; at++) {
    const byte = view.getUint8(x + at);
    view.setUint8(x + at, view.getUint8(y + at));
    view.setUint8(y + at, byte);
  }
}

function asOrientation(value: number): Orientation | undefined {
  return value >= 1 && value <= 8 ? (value as Orientation) : undefined; // an integer of 1 to 8
}
