/**
 * Signatures by which the contents of JPEG's segments tell what they are.
 * JFIF 1.02; EXIF 2.32, 4.7.2; XMP part 3, 1.1.3; ICC.1:2022, annex B.4; CIPA DC-007 (MPF).
 */

/** The contents' first bytes, as Latin-1 text. */
export const SEGMENT_SIGNATURE = {
  jfif: "JFIF\0",
  exif: "Exif\0\0",
  xmp: "http://ns.adobe.com/xap/1.0/\0",
  extendedXmp: "http://ns.adobe.com/xmp/extension/\0",
  icc: "ICC_PROFILE\0",
  multiPicture: "MPF\0",
  photoshop: "Photoshop 3.0\0",
  adobe: "Adobe",
} as const;
