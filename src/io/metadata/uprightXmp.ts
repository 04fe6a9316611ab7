/**
 * XMP for pixels that have been turned upright.
 */

/** The tag as an attribute or an element; the value is one digit, so nothing moves. */
const XMP_ORIENTATION = /(\btiff:Orientation\s*(?:=\s*["']|>\s*))[2-8](?=\s*["'<])/g;

/**
 * Sets `tiff:Orientation` to 1 wherever it stands. Only for pixels that were turned: a packet that
 * contradicts its EXIF block is left as it is.
 *
 * @param xmp the packet, UTF-8; not changed
 */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  const text = Buffer.from(xmp.buffer, xmp.byteOffset, xmp.byteLength).toString("latin1");
  return new Uint8Array(Buffer.from(text.replace(XMP_ORIENTATION, "$11"), "latin1"));
}
