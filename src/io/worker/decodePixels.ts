/**
 * PNG and JPEG to pixels, on the thread that calls.
 */
import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { decodePng } from "../png/decodePng.ts";

/** What is decoded without sharp. */
export type OwnFormat = "png" | "jpeg";

/** See {@link decodeImage}; the JPEG decoder is loaded when the first JPEG comes. */
export async function decodePixels(
  bytes: Uint8Array,
  format: OwnFormat,
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
