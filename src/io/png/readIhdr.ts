/** The fields of IHDR as they are in the file, unchecked. PNG third edition, section 11.2.1. */
export interface Ihdr {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly compression: number;
  readonly filter: number;
  readonly interlace: number;
}

/**
 * Reads IHDR's fields.
 *
 * @param content the chunk's contents, 13 bytes at least
 */
export function readIhdr(content: Uint8Array): Ihdr {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth: view.getUint8(8),
    colourType: view.getUint8(9),
    compression: view.getUint8(10),
    filter: view.getUint8(11),
    interlace: view.getUint8(12),
  };
}
