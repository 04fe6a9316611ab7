/**
 * Which page of a TIFF is its picture: not a thumbnail, a smaller version or a mask.
 */
import { type TiffDirectory, tagValue } from "./readTiffDirectories.ts";
import { PHOTOMETRIC, TAG } from "./tiffTags.ts";

/** Bits of NewSubfileType: a smaller version of another picture, a transparency mask. */
const REDUCED = 1;
const MASK = 4;
/** SubfileType of a smaller version. */
const OLD_REDUCED = 2;

/** The page that is the picture. */
export interface TiffPage {
  /** Its number in the file, from 0. */
  readonly index: number;
  /** False for a thumbnail, which is chosen where there is nothing else. */
  readonly isFull: boolean;
  /** True where the picture itself is in a SubIFD, so that this page is but a preview of it. */
  readonly isPreview: boolean;
  /** What the result has not of the file. */
  readonly notes: readonly string[];
}

/**
 * Chooses the first page that is no thumbnail, by its tags or since a later page is the same at twice its size and
 * more; where all are, the first.
 *
 * @param pages one at least
 */
export function chooseTiffPage(pages: readonly TiffDirectory[]): TiffPage {
  const index = Math.max(
    0,
    pages.findIndex((page, i) => isFull(page) && !isThumbnailOfAny(page, pages.slice(i + 1))),
  );
  const page = pages[index]!;
  const { children } = page;
  const larger = pages.findIndex((other) => isFull(other) && pixelsOf(other) > pixelsOf(page));
  const isPreview = isFull(page)
    ? children.some((child) => isFull(child) && pixelsOf(child) > pixelsOf(page))
    : page.values.has(TAG.subDirectories);
  const notes: string[] = [];
  if (pages.length > 1) {
    const which =
      index === 0 ? "the first" : `number ${index + 1}, the first that is no thumbnail,`;
    const hint = larger < 0 ? "" : `; number ${larger + 1}, ${sizeOf(pages[larger]!)}, is larger`;
    notes.push(`The file has ${pages.length} pictures; ${which} was read${hint}.`);
  }
  if (children.length > 0) {
    notes.push("Other sizes of the picture in the file (its SubIFDs) are left out.");
  }
  return { index, isFull: isFull(page), isPreview, notes };
}

function isFull(directory: TiffDirectory): boolean {
  return (
    (tagValue(directory, TAG.newSubfileType, 0) & (REDUCED | MASK)) === 0 &&
    tagValue(directory, TAG.subfileType, 0) !== OLD_REDUCED &&
    tagValue(directory, TAG.photometric, undefined) !== PHOTOMETRIC.mask
  );
}

/** Many writers leave out the tag; a thumbnail has its picture's proportions but for the rounding of a side. */
function isThumbnailOfAny(page: TiffDirectory, later: readonly TiffDirectory[]): boolean {
  return later.some((other) => {
    const scale = widthOf(other) / widthOf(page);
    const isSameShape = Math.abs(heightOf(other) / scale - heightOf(page)) <= 1;
    return isFull(other) && scale >= 2 && isSameShape;
  });
}

function widthOf(directory: TiffDirectory): number {
  return tagValue(directory, TAG.width, 0);
}

function heightOf(directory: TiffDirectory): number {
  return tagValue(directory, TAG.height, 0);
}

function pixelsOf(directory: TiffDirectory): number {
  return widthOf(directory) * heightOf(directory);
}

function sizeOf(directory: TiffDirectory): string {
  return `${widthOf(directory)}x${heightOf(directory)}`;
}
