/**
 * Limits on metadata, whose declared and inflated sizes cannot be trusted. Metadata beyond them is left out with
 * a note: it is no reason to refuse the picture.
 */

/** Bytes of an ICC profile: 16 MiB, as 255 APP2 segments of a JPEG hold. Large real ones (CMYK, device links) have 4. */
export const MAX_ICC_BYTES: number = 2 ** 24;

/** Bytes of all comments of a file, 1 MiB: they are short texts. */
export const MAX_TEXT_BYTES: number = 2 ** 20;

/** Chunks or segments of metadata that are read; scanners and editors write a few dozen. */
export const MAX_METADATA_PARTS: number = 1000;

/** Pixels an inch, or parts of a ratio: JFIF's most. Above it PNG's and TIFF's numbers overflow, too. */
export const MAX_DENSITY: number = 65535;
