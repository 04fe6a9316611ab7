/**
 * An ICC profile's header. ICC.1:2022, section 7.2: https://www.color.org/specification/ICC.1-2022-05.pdf
 */
import { MAX_ICC_BYTES } from "./metadataLimits.ts";

/** Bytes of the shortest profile: the header and a tag count. */
const MIN_ICC_BYTES = 132;

/** The colour space that a profile is for, as its header spells it. */
export type ProfileSpace = "RGB " | "GRAY" | "CMYK" | "damaged" | "other";

/**
 * Reads the colour space that a profile is for.
 *
 * @param icc the profile; only its header is looked at
 */
export function profileSpace(icc: Uint8Array): ProfileSpace {
  if (icc.length < MIN_ICC_BYTES || icc.length > MAX_ICC_BYTES) return "damaged";
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  const text = (at: number): string => String.fromCharCode(...icc.subarray(at, at + 4));
  // Some writers pad the profile; a size beyond the bytes there are means that it is cut off.
  if (view.getUint32(0) > icc.length || text(36) !== "acsp") return "damaged";
  const space = text(16);
  return space === "RGB " || space === "GRAY" || space === "CMYK" ? space : "other";
}

/**
 * The profile if it is for such pixels, else a note that tells why it is left out.
 *
 * @param icc a profile from a file, or undefined
 * @param grey true for one colour channel. Its profile may be an RGB one, as editors leave
 *   them behind
 */
export function matchingProfile(
  icc: Uint8Array | undefined,
  grey: boolean,
): { readonly icc?: Uint8Array; readonly note?: string } {
  if (icc === undefined) return {};
  const space = profileSpace(icc);
  if (space === "RGB " || (space === "GRAY" && grey)) return { icc };
  const what = space === "damaged" ? "is damaged" : `is for ${space.trim()} pixels, not these`;
  return { note: `The ICC profile ${what}; it is left out.` };
}
