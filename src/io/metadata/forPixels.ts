/**
 * From what a file says to what is true of the pixels that were made of it.
 */
import type { Orientation } from "../applyOrientation.ts";
import { uprightExif } from "./exif.ts";
import { fittingProfile } from "./iccProfile.ts";
import type { Metadata } from "./Metadata.ts";
import { uprightXmp } from "./uprightXmp.ts";

/**
 * Metadata for decoded pixels: EXIF and XMP say that they are upright, width and height of the density are
 * exchanged as the pixels' are, a profile that is not for them is left out.
 *
 * @param read as it stands in the file
 * @param orientation what was applied to the pixels
 * @param grey whether they have one colour channel
 */
export function forPixels(read: Metadata, orientation: Orientation, grey: boolean): Metadata {
  const notes = [...(read.notes ?? [])];
  const { icc, note } = fittingProfile(read.icc, grey);
  if (note !== undefined) notes.push(note);
  const exif = read.exif && uprightExif(read.exif, orientation);
  if (read.exif !== undefined && exif === undefined) {
    notes.push("The EXIF block is damaged; it is left out.");
  }
  const xmp = read.xmp && orientation !== 1 ? uprightXmp(read.xmp) : read.xmp;
  const density =
    read.density && orientation >= 5
      ? { ...read.density, x: read.density.y, y: read.density.x }
      : read.density;
  return { ...read, icc, exif, xmp, density, notes };
}
