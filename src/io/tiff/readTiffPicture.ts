/**
 * The picture of a TIFF that is to be decoded, or why none is.
 */
import { NafnetError } from "../../base/errors.ts";
import { chooseTiffPage } from "./chooseTiffPage.ts";
import { isCameraRaw } from "./isCameraRaw.ts";
import { readTiffDirectories, tagValue } from "./readTiffDirectories.ts";
import { readTiffSamples, type TiffSamples } from "./readTiffSamples.ts";
import { COMPRESSION, TAG } from "./tiffTags.ts";

/** The picture of a TIFF that is to be decoded. */
export interface TiffPicture extends Pick<TiffSamples, "extra"> {
  /** Its number in the file, from 0. */
  readonly page: number;
  /** The number of its compression. */
  readonly compression: number;
  /** What the result has not of the file, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Finds the picture of a TIFF by its directories, which tell more than libvips does: it takes a thumbnail for the
 * picture and any fourth channel for alpha, and fails in the same words on what is damaged and what it cannot do.
 *
 * @param bytes the whole file
 * @param name the picture's name for messages
 * @returns undefined for a file that ends before the directory of its picture does
 * @throws NafnetError INPUT_UNSUPPORTED for camera raw, a preview, and samples that are not read
 */
export function readTiffPicture(bytes: Uint8Array, name: string): TiffPicture | undefined {
  const refused = (what: string, remedy: string): NafnetError =>
    new NafnetError("INPUT_UNSUPPORTED", `${name}: ${what}; ${remedy}`);
  const { pages, isCut } = readTiffDirectories(bytes);
  if (isCameraRaw(bytes, pages)) {
    const what = "camera raw is not decoded, and a preview in it is not the picture";
    throw refused(what, "develop it with a raw converter and save PNG, TIFF or JPEG");
  }
  if (pages.length === 0) return undefined;
  const { index, isFull, isPreview, notes } = chooseTiffPage(pages);
  if (isCut && !isFull) return undefined; // the picture was behind its thumbnail
  if (isPreview) {
    const what = "TIFF whose page is a preview of a picture in a SubIFD is not decoded";
    throw refused(what, "open it in the program that wrote it and save the full picture");
  }
  const page = pages[index]!;
  const { unread, extra } = readTiffSamples(page);
  if (unread !== undefined) {
    throw refused(
      `TIFF with ${unread} is not decoded`,
      "save it as interleaved grey or RGB with 8 or 16 bits",
    );
  }
  const dropped = "The channel after the colours is not declared as alpha; it is left out.";
  return {
    page: index,
    compression: tagValue(page, TAG.compression, COMPRESSION.none),
    extra,
    notes: extra === "unspecified" ? [...notes, dropped] : notes,
  };
}
