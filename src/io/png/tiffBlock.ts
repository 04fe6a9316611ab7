import { hasSignature } from "../decoding/hasSignature.ts";
import { SEGMENT_SIGNATURE } from "../jpeg/segmentSignatures.ts";

/** An EXIF block without the signature of a JPEG's segment, which some programs write in a PNG, too. */
export function tiffBlock(exif: Uint8Array): Uint8Array {
  const { exif: signature } = SEGMENT_SIGNATURE;
  return hasSignature(exif, signature) ? exif.subarray(signature.length) : exif;
}
