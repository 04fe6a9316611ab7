/**
 * PNG and JPEG to pixels, on the thread that calls.
 */
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { decodePng } from "../png/decodePng.ts";
import type { BuiltInFormat } from "./BuiltInFormat.ts";

/** Decodes a PNG or JPEG, see `decodeImage`; the JPEG decoder is loaded when the first JPEG comes. */
export async function decodePixels(
  bytes: Uint8Array,
  format: BuiltInFormat,
  name: string,
  maxPixels: number,
): Promise<DecodedPixels> {
  switch (format) {
    case "png":
      return decodePng(bytes, name, maxPixels);
    case "jpeg": {
      const { decodeJpeg } = await import("../jpeg/decodeJpeg.ts");
      return decodeJpeg(bytes, name, maxPixels);
    }
    default:
      return format satisfies never;
  }
}
