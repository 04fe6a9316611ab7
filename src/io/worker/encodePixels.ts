/**
 * Pixels to PNG and JPEG, on the thread that calls.
 */

import type { Raster } from "../../image/Raster.ts";
import type { Metadata } from "../metadata/Metadata.ts";
import { encodePng } from "../png/encodePng.ts";
import type { OwnFormat } from "./decodePixels.ts";

/** How a PNG or JPEG is written. */
export interface EncodeSettings {
  readonly format: OwnFormat;
  /** 1-100, of JPEG. */
  readonly quality: number;
  readonly metadata: Metadata;
  /** PNG without compression, to be read again at once. */
  readonly stored?: boolean | undefined;
}

/** See `encodeImage`; the JPEG encoder is loaded when the first JPEG is written. */
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
