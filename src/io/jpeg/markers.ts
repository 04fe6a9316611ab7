/**
 * JPEG's markers: 0xff and one of these bytes. ITU-T T.81, table B.1:
 * https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */

/** The second bytes of markers, by their names in the standard. */
export const MARKER = {
  /** A byte 0xff of entropy-coded data, not a marker. */
  STUFFING: 0x00,
  /** Temporary use in arithmetic coding. */
  TEM: 0x01,
  /** Frame: baseline. */
  SOF0: 0xc0,
  /** Frame: progressive. */
  SOF2: 0xc2,
  /** Frame: lossless. */
  SOF3: 0xc3,
  /** Huffman tables, amid the frames' numbers. */
  DHT: 0xc4,
  /** Reserved, amid the frames' numbers. */
  JPG: 0xc8,
  /** The first frame with arithmetic coding. */
  SOF9: 0xc9,
  /** Conditions of arithmetic coding, amid the frames' numbers. */
  DAC: 0xcc,
  SOF15: 0xcf,
  /** The first of eight restart markers, which stand in entropy-coded data. */
  RST0: 0xd0,
  /** Start of the file. */
  SOI: 0xd8,
  /** End of the picture. */
  EOI: 0xd9,
  /** Start of a scan: entropy-coded data follows. */
  SOS: 0xda,
  /** Quantisation tables. */
  DQT: 0xdb,
  /** Number of lines, for a frame whose header does not tell it. */
  DNL: 0xdc,
  /** Restart interval. */
  DRI: 0xdd,
  /** A hierarchy of frames, with contents as a frame has them. */
  DHP: 0xde,
  /** JFIF. */
  APP0: 0xe0,
  /** EXIF and XMP. */
  APP1: 0xe1,
  /** ICC profile, and Multi-Picture Format. */
  APP2: 0xe2,
  /** Photoshop, with IPTC. */
  APP13: 0xed,
  /** Adobe. */
  APP14: 0xee,
  APP15: 0xef,
  /** Frame: JPEG-LS. */
  SOF55: 0xf7,
  /** Comment. */
  COM: 0xfe,
  /** A fill byte before a marker. */
  FILL: 0xff,
} as const;

/** A JPEG's first bytes, SOI, as Latin-1 text. */
export const JPEG_SIGNATURE = "\xff\xd8";
/** Bytes of SOI, after which segments follow. */
export const SOI_BYTES: number = JPEG_SIGNATURE.length;
/** The markers that a JPEG is between. */
export const SOI: Uint8Array = Uint8Array.of(0xff, MARKER.SOI);
export const EOI: Uint8Array = Uint8Array.of(0xff, MARKER.EOI);

/** Tells frames, of all kinds, from DHT, JPG and DAC, which are numbered among them. */
export function isFrameMarker(marker: number): boolean {
  const { SOF0, SOF15, SOF55, DHP, DHT, JPG, DAC } = MARKER;
  if (marker === SOF55 || marker === DHP) return true;
  return marker >= SOF0 && marker <= SOF15 && ![DHT, JPG, DAC].some((other) => other === marker);
}

/** Tells markers whose segments hold metadata: APP0-APP15 and COM. */
export function isMetadataMarker(marker: number): boolean {
  return (marker >= MARKER.APP0 && marker <= MARKER.APP15) || marker === MARKER.COM;
}

/** Tells markers and bytes that are passed over: stuffed and fill bytes, TEM, restarts. */
export function isPassedOver(marker: number): boolean {
  const { STUFFING, TEM, FILL, RST0, SOI } = MARKER;
  const isRestart = marker >= RST0 && marker < SOI; // RST7 is just before SOI
  return isRestart || marker === STUFFING || marker === TEM || marker === FILL;
}

/** Tells SOI and EOI, which have no segment. */
export function isBoundary(marker: number): boolean {
  return marker === MARKER.SOI || marker === MARKER.EOI;
}
