/** PNG and JPEG, decoded and encoded on the calling thread. */

import type { DecodedPixels } from "../decoding/DecodedPixels.ts";
import { decodePng } from "../png/decodePng.ts";
import { encodePng } from "../png/encodePng.ts";
import type { CodecJob, DecodeJob, EncodeJob } from "./CodecJob.ts";

/** Does a job; the JPEG codec is loaded when the first JPEG comes. */
export async function runInline(job: CodecJob): Promise<DecodedPixels | Uint8Array> {
  return job.kind === "decode" ? decode(job) : encode(job);
}

async function decode({ bytes, format, name, maxPixels }: DecodeJob): Promise<DecodedPixels> {
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

async function encode({ raster, settings }: EncodeJob): Promise<Uint8Array> {
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
