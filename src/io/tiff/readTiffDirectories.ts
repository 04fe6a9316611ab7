/**
 * A TIFF's directories: what tells one kind of TIFF from another, before a decoder is asked.
 * TIFF 6.0, section 2; BigTIFF has the same with offsets of 8 bytes.
 */
import { TAG } from "./tiffTags.ts";

/** A directory: one picture, or one size of it. */
export interface TiffDirectory {
  /** The values of the tags in {@link TAG}, the first {@link MAX_VALUES} of each, as unsigned integers. */
  readonly values: ReadonlyMap<number, readonly number[]>;
  /** The directories that its SubIFDs tag leads to. */
  readonly children: readonly TiffDirectory[];
}

/** Directories of a file that are read: those of a microscope's stack; a camera's raw file has up to ten. */
const MAX_DIRECTORIES = 10_000;
/** Entries of a directory that are read; raw files have some 100. */
const MAX_ENTRIES = 250;
/** Values of an entry that are read: SubIFDs are the longest list that is needed. */
const MAX_VALUES = 32;
/** How deep SubIFDs are followed: those of DNG and NEF have none themselves. */
const MAX_DEPTH = 2;

const WANTED: ReadonlySet<number> = new Set(Object.values(TAG));

/** Bytes of a value of the types that are read: BYTE, ASCII, SHORT, LONG, IFD, LONG8, IFD8. */
const TYPE_BYTES: Readonly<Record<number, 1 | 2 | 4 | 8>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 13: 4 },
  ...{ 16: 8, 18: 8 },
};

/** Bytes of a directory's parts. */
interface Layout {
  readonly count: 2 | 8;
  readonly entry: number;
  /** An offset, and a value that stands in its entry. */
  readonly offset: 4 | 8;
}
const CLASSIC: Layout = { count: 2, entry: 12, offset: 4 };
const BIG: Layout = { count: 8, entry: 20, offset: 8 };
const BIG_VERSION = 43;

/** The directories of a file. */
export interface TiffDirectories {
  /** Those of the chain, so the pages; none where the first one is not whole. */
  readonly pages: readonly TiffDirectory[];
  /** True where the chain leads out of the file. */
  readonly isCut: boolean;
}

/**
 * Reads the directories of a TIFF; of a circle each once.
 *
 * @param bytes a file that begins with `II` or `MM`
 */
export function readTiffDirectories(bytes: Uint8Array): TiffDirectories {
  const start = openTiff(bytes);
  if (start === undefined) return { pages: [], isCut: true };
  const seen = new Set<number>();
  const pages: TiffDirectory[] = [];
  let at = start.first;
  while (at !== 0 && !seen.has(at) && seen.size < MAX_DIRECTORIES) {
    const read = readDirectory(start, at, seen, 0);
    if (read === undefined) return { pages, isCut: true };
    pages.push(read.directory);
    at = read.next;
  }
  return { pages, isCut: false };
}

/** The first value of a tag. @param absent what a file means that does not have it */
export function tagValue<Absent>(
  { values }: TiffDirectory,
  tag: number,
  absent: Absent,
): number | Absent {
  return values.get(tag)?.[0] ?? absent;
}

/** A file of either layout and byte order. */
interface TiffBytes {
  readonly view: DataView;
  readonly little: boolean;
  readonly layout: Layout;
}

function openTiff(bytes: Uint8Array): (TiffBytes & { readonly first: number }) | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 2 * BIG.offset) return undefined; // less than a directory of no entries
  const little = view.getUint8(0) === 0x49;
  const layout = view.getUint16(2, little) === BIG_VERSION ? BIG : CLASSIC;
  const tiff = { view, little, layout };
  return { ...tiff, first: integerAt(tiff, layout.offset, layout.offset) };
}

function readDirectory(
  tiff: TiffBytes,
  at: number,
  seen: Set<number>,
  depth: number,
): { readonly directory: TiffDirectory; readonly next: number } | undefined {
  const { view, layout } = tiff;
  if (seen.has(at) || seen.size >= MAX_DIRECTORIES) return undefined;
  seen.add(at);
  const entries = at + layout.count;
  if (entries > view.byteLength) return undefined;
  const count = integerAt(tiff, at, layout.count);
  const end = entries + count * layout.entry;
  if (end > view.byteLength) return undefined;
  const values = new Map<number, readonly number[]>();
  for (let index = 0; index < Math.min(count, MAX_ENTRIES); index++) {
    const entry = entries + index * layout.entry;
    const tag = view.getUint16(entry, tiff.little);
    if (WANTED.has(tag) && !values.has(tag)) values.set(tag, valuesOf(tiff, entry));
  }
  const children: TiffDirectory[] = [];
  for (const offset of depth < MAX_DEPTH ? (values.get(TAG.subDirectories) ?? []) : []) {
    const child = readDirectory(tiff, offset, seen, depth + 1);
    if (child !== undefined) children.push(child.directory);
  }
  const next = end + layout.offset > view.byteLength ? 0 : integerAt(tiff, end, layout.offset);
  return { directory: { values, children }, next };
}

/** An entry's values, which are elsewhere where they do not fit; none of another type or outside of the file. */
function valuesOf(tiff: TiffBytes, entry: number): number[] {
  const { view, little, layout } = tiff;
  const bytes = TYPE_BYTES[view.getUint16(entry + 2, little)];
  if (bytes === undefined) return [];
  const count = integerAt(tiff, entry + 4, layout.offset);
  const field = entry + 4 + layout.offset;
  const at = count * bytes > layout.offset ? integerAt(tiff, field, layout.offset) : field;
  if (at + count * bytes > view.byteLength) return [];
  return Array.from({ length: Math.min(count, MAX_VALUES) }, (_, index) =>
    integerAt(tiff, at + index * bytes, bytes),
  );
}

function integerAt({ view, little }: TiffBytes, at: number, bytes: 1 | 2 | 4 | 8): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, little);
    case 4:
      return view.getUint32(at, little);
    case 8:
      return Number(view.getBigUint64(at, little)); // rounded only far outside of any file
    default:
      return bytes satisfies never;
  }
}
