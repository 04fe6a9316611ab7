/**
 * Limits on metadata, whose declared and inflated sizes nobody vouches for. What is beyond them is left
 * out with a note: a bad note about a picture is no reason to refuse the picture.
 */

/** 16 MiB: what 255 APP2 segments of a JPEG can hold. Large real profiles (CMYK, device links) have 4. */
export const MAX_ICC_BYTES: number = 2 ** 24;

/** 1 MiB of comments: text, not cargo. */
export const MAX_TEXT_BYTES: number = 2 ** 20;

/** Chunks or segments of metadata that are looked at; scanners and editors write a few dozen. */
export const MAX_PARTS: number = 1000;

/** A JPEG segment's contents: a 16-bit length that counts itself. */
export const MAX_SEGMENT_BYTES: number = 65533;

/** Pixels an inch, or parts of a ratio: the most that JFIF holds. Above it PNG's and TIFF's numbers overflow, too. */
export const MAX_DENSITY: number = 65535;
