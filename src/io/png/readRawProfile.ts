import { hasSignature } from "../decoding/hasSignature.ts";
import { SEGMENT_SIGNATURE } from "../jpeg/segmentSignatures.ts";
import { tiffBlock } from "./tiffBlock.ts";

/** Keywords of ImageMagick's and exiftool's binary metadata as text, and the kind of it, APP1 for EXIF or XMP. */
export const RAW_PROFILE: RegExp = /^Raw profile type (\S+)/;

/** Metadata found in a text. */
export type RawProfile = Partial<Record<"exif" | "xmp" | "icc", Uint8Array>>;

/**
 * Reads metadata from a text chunk: its name, its length and its bytes in hexadecimal digits, each on new lines.
 * ImageMagick: https://imagemagick.org/script/formats.php (PNG); exiftool writes and reads the same.
 *
 * @param type the keyword's last word
 * @param text the chunk's text
 * @returns null for a kind that has no place among our metadata, IPTC for one
 * @throws Error when the text is damaged
 */
export function readRawProfile(type: string, text: Uint8Array): RawProfile | null {
  const kind = type.toLowerCase();
  if (!["exif", "app1", "xmp", "icc", "icm"].includes(kind)) return null;
  const [, length, digits] =
    /^\n*[^\n]+\n\s*(\d+)\s([\s0-9a-f]*)$/i.exec(Buffer.from(text).toString("latin1")) ?? [];
  const bytes = new Uint8Array(Buffer.from((digits ?? "").replace(/\s+/g, ""), "hex"));
  if (length === undefined || bytes.length !== Number(length)) throw new Error("cut off");
  if (kind.startsWith("ic")) return { icc: bytes };
  const { xmp } = SEGMENT_SIGNATURE;
  if (hasSignature(bytes, xmp)) return { xmp: bytes.subarray(xmp.length) };
  if (kind === "xmp") return { xmp: bytes };
  return { exif: tiffBlock(bytes) };
}
