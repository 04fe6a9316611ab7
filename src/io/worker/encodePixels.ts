/**
 * Pixels to PNG and JPEG, on the thread that calls.
 */
import type { Raster } from "../../image/Raster.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { encodePng } from "../png/encodePng.ts";
import type { BuiltInFormat } from "./BuiltInFormat.ts";

/** Settings of writing a PNG or JPEG. */
export interface EncodeSettings {
  readonly format: BuiltInFormat;
  /** JPEG's quality, 1-100. */
  readonly quality: number;
  readonly metadata: Metadata;
  /** PNG without compression, to be read again at once. */
  readonly stored?: boolean | undefined;
}

/** Encodes a PNG or JPEG, see `encodeImage`; the JPEG encoder is loaded when the first JPEG is written. */
export async function encodePixels(raster: Raster, settings: EncodeSettings): Promise<Uint8Array> {
  const { format, quality, metadata, stored } = settings;
  switch (format) {
    case "png":
      return encodePng(raster, metadata, stored);
    case "jpeg": {
      const { encodeJpeg } = await import("../jpeg/encodeJpeg.ts");
      return encodeJpeg(raster, quality, metadata);
    }
    default:
      return format satisfies never;
  }
}
