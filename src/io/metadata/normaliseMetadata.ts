import type { Orientation } from "../../image/applyOrientation.ts";
import { ABSENT_PARTS } from "./absentParts.ts";
import { exifDensity, uprightExif } from "./exif.ts";
import { matchingProfile } from "./iccProfile.ts";
import { type Density, METRES_PER_INCH, type Metadata } from "./Metadata.ts";
import { MAX_DENSITY } from "./metadataLimits.ts";
import { uprightXmp } from "./uprightXmp.ts";
import { withoutAbsentParts } from "./withoutAbsentParts.ts";

/**
 * Makes metadata true of the decoded pixels: EXIF and XMP say that they are upright, width and height of the
 * density are exchanged as the pixels' are, a profile that is not for them is left out.
 *
 * @param read the metadata as it is in the file
 * @param orientation the one that was applied to the pixels
 * @param grey true for one colour channel
 */
export function normaliseMetadata(
  read: Metadata,
  orientation: Orientation,
  grey: boolean,
): Metadata {
  const notes = [...(read.notes ?? [])];
  const { icc, note } = matchingProfile(read.icc, grey);
  if (note !== undefined) notes.push(note);
  const exif = read.exif && uprightExif(read.exif, orientation);
  if (read.exif !== undefined && exif === undefined) {
    notes.push("The EXIF block is damaged; it is left out.");
  }
  const xmp = read.xmp && trueXmp(read.xmp, orientation, notes);
  const told = densityOf(read);
  const density = told && isPossible(told) ? told : undefined;
  if (told !== undefined && density === undefined) {
    notes.push(`A density of ${told.x} by ${told.y} is none that a picture has; it is left out.`);
  }
  return {
    ...{ ...read, icc, exif, xmp, notes },
    density: density && orientation >= 5 ? { ...density, x: density.y, y: density.x } : density,
  };
}

/** The packet without what is not true of the result. Notes on it are added where the file's reader had none. */
function trueXmp(read: Uint8Array, orientation: Orientation, notes: string[]): Uint8Array {
  const { xmp, absent } = withoutAbsentParts(read);
  for (const part of absent) {
    const { note, toldBy } = ABSENT_PARTS[part];
    if (!notes.some((told) => told.toLowerCase().includes(toldBy))) notes.push(note);
  }
  return orientation === 1 ? xmp : uprightXmp(xmp);
}

/** Tells densities that have a place in each format as integers: from 1 a metre to JFIF's most, 65535 an inch. */
function isPossible({ x, y, unit }: Density): boolean {
  const perInch = unit === "metre" ? METRES_PER_INCH : 1;
  const least = unit === "aspect" ? 1 : METRES_PER_INCH;
  return [x, y].every((value) => value * perInch >= least && value * perInch <= MAX_DENSITY);
}

/** The density: EXIF's where the format itself gives only a ratio, as JFIF does beside EXIF. */
function densityOf({ density, exif }: Metadata): Density | undefined {
  if (exif === undefined || (density !== undefined && density.unit !== "aspect")) return density;
  return exifDensity(exif) ?? density;
}
