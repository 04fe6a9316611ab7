/** Pictures with all the metadata that a file can have, made by sharp and by hand, not by our encoders. */

import sharp, { type Sharp } from "sharp";
import { alphaOf } from "../../src/image/alphaOf.ts";
import { colourToFloat } from "../../src/image/colourToFloat.ts";
import type { OutputFormat } from "../../src/io/formats.ts";
import { readImage } from "../../src/io/readImage.ts";
import { createRestoredImage } from "../../src/restoration/createRestoredImage.ts";
import type { RestoredImage } from "../../src/restoration/RestoredImage.ts";
import type { EncodeOptions } from "../../src/restoration/SaveOptions.ts";
import { pngChunk } from "./fixtures.ts";

export const WIDTH = 24;
export const HEIGHT = 16;
export const COMMENT = "Grüße aus dem Ötztal";
export const COPYRIGHT = "a photographer";
/** 46, 57 and 0 as fractions of 1, in the byte order of sharp's EXIF block. */
export const GPS_POSITION: Buffer = Buffer.from(
  [46, 1, 57, 1, 0, 1].flatMap((value) => [value, 0, 0, 0]),
);
export const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>`;

export interface Kind {
  readonly channels?: 1 | 2 | 3 | 4;
  readonly bits?: 8 | 16;
  /** Orientation in the EXIF block. @default 1 */
  readonly orientation?: number;
  /** True for profile, EXIF, XMP and density. @default true */
  readonly metadata?: boolean;
}

/** Smooth pixels, so that lossy formats stay near. */
export function pixels({ channels = 3, bits = 8 }: Kind): Uint8Array | Uint16Array {
  const length = WIDTH * HEIGHT * channels;
  const value = (_: unknown, i: number): number => {
    const [x, y] = [Math.floor(i / channels) % WIDTH, Math.floor(i / channels / WIDTH)];
    return bits === 8
      ? x * 6 + y * 4 + (i % channels) * 11 + 20
      : x * 1531 + y * 1013 + (i % channels) * 2801;
  };
  return bits === 8 ? Uint8Array.from({ length }, value) : Uint16Array.from({ length }, value);
}

/** A picture encoded by sharp. */
export async function rich(format: OutputFormat, kind: Kind = {}): Promise<Buffer> {
  const { channels = 3, bits = 8, orientation = 1, metadata = true } = kind;
  const raw = { width: WIDTH, height: HEIGHT, channels };
  const grey = channels < 3;
  let image: Sharp = sharp(pixels(kind), { raw }).toColourspace(
    `${grey ? (bits === 16 ? "grey16" : "b-w") : bits === 16 ? "rgb16" : "srgb"}`,
  );
  if (metadata) {
    image = image
      .withMetadata({ density: 300, orientation })
      .withExif({
        IFD0: { Copyright: COPYRIGHT, Orientation: String(orientation) },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "46/1 57/1 0/1" },
      })
      .withXmp(XMP);
    if (!grey) image = image.withIccProfile("p3");
  }
  return encoded(image, format).toBuffer();
}

function encoded(image: Sharp, format: OutputFormat): Sharp {
  switch (format) {
    case "png":
      return image.png();
    case "jpeg":
      return image.jpeg({ quality: 95, chromaSubsampling: "4:4:4" });
    case "webp":
      return image.webp({ lossless: true });
    case "avif":
      return image.avif({ quality: 90 });
    case "tiff":
      return image.tiff({ compression: "deflate", xres: 300 / 25.4, yres: 300 / 25.4 });
    default:
      return format satisfies never;
  }
}

/** The PNG with further chunks after IHDR. */
export function withChunks(
  png: Uint8Array,
  ...chunks: [type: string, content: Uint8Array][]
): Buffer {
  const made = chunks.map(([type, content]) => pngChunk(type, content));
  return Buffer.concat([png.subarray(0, 33), ...made, png.subarray(33)]);
}

/** The JPEG with further segments after SOI. */
export function withSegments(
  jpeg: Uint8Array,
  ...segments: [marker: number, content: Uint8Array][]
): Buffer {
  const made = segments.map(([marker, content]) => {
    const length = content.length + 2;
    return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 255]), content]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...made, jpeg.subarray(2)]);
}

/** The segments of a JPEG before its picture data, by the letter of T.81. */
export function segmentsOf(jpeg: Uint8Array): [marker: number, content: Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 2; jpeg[at + 1] !== 0xda; ) {
    const length = (jpeg[at + 2]! << 8) | jpeg[at + 3]!;
    found.push([jpeg[at + 1]!, Buffer.from(jpeg.subarray(at + 4, at + 2 + length))]);
    at += 2 + length;
  }
  return found;
}

/** The chunks of a PNG. */
export function chunksOf(png: Uint8Array): [type: string, content: Buffer][] {
  const file = Buffer.from(png);
  const found: [string, Buffer][] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    found.push([file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return found;
}

/** A profile for grey pixels: D50, gamma 2.2. */
export function greyProfile(): Buffer {
  const tags = Buffer.alloc(4 + 2 * 12 + 20 + 16);
  tags.writeUInt32BE(2, 0);
  tags.write("wtpt", 4, "latin1");
  tags.writeUInt32BE(156, 8);
  tags.writeUInt32BE(20, 12);
  tags.write("kTRC", 16, "latin1");
  tags.writeUInt32BE(176, 20);
  tags.writeUInt32BE(14, 24);
  tags.write("XYZ ", 28, "latin1");
  [0xf6d6, 0x10000, 0xd32d].forEach((value, i) => {
    tags.writeUInt32BE(value, 36 + 4 * i);
  });
  tags.write("curv", 48, "latin1");
  tags.writeUInt32BE(1, 56);
  tags.writeUInt16BE(0x0233, 60);
  const header = Buffer.alloc(128);
  header.writeUInt32BE(128 + tags.length, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write("mntrGRAYXYZ ", 12, "latin1");
  header.write("acsp", 36, "latin1");
  [0xf6d6, 0x10000, 0xd32d].forEach((value, i) => {
    header.writeUInt32BE(value, 68 + 4 * i);
  });
  return Buffer.concat([header, tags]);
}

/** The receipt of a restoration that changes nothing, as of the task "auto". */
const receipt = {
  ...{ task: null, analysis: null, engine: null, ranOn: null, isa: null, threads: null },
  ...{ precision: null, skipped: {}, weights: null, tlc: null, elapsedMs: 0, strips: 0 },
  ...{ peakMemoryBytes: null, scratchBytes: 0, checks: [], retries: [] },
};

/** The result of a restoration that changes nothing. */
export async function unchanged(bytes: Uint8Array): Promise<RestoredImage> {
  const read = await readImage(bytes);
  return createRestoredImage(read, alphaOf(read.raster), colourToFloat(read.raster), {}, receipt);
}

/** The picture read and written again, by default in its own format. */
export async function rewritten(
  bytes: Uint8Array,
  format?: OutputFormat,
  options?: EncodeOptions,
): Promise<Buffer> {
  const image = await unchanged(bytes);
  const own = image.format;
  if (format === undefined && (own === undefined || own === "heic")) throw new Error("no format");
  return Buffer.from(await image.encode(format ?? (own as OutputFormat), options));
}
