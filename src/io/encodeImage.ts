/**
 * Pixels to the bytes of a file, in any format that is written.
 */
import { throwIfAborted } from "../base/abort.ts";
import { invalidArgument, quoted } from "../base/errors.ts";
import { checkRaster, type Raster } from "../image/Raster.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "./formats.ts";
import type { Metadata } from "./metadata/Metadata.ts";
import type { EncodeJob, EncodeSettings } from "./worker/CodecJob.ts";
import { runCodecJob } from "./worker/runCodecJob.ts";

/** Options of {@link encodeImage}. */
export interface EncodeImageOptions {
  /**
   * Quality of JPEG, WebP and AVIF, an integer 1-100; PNG and TIFF are lossless.
   * @default JPEG 92, or the source's own where that was a better JPEG; WebP 90; AVIF 80
   */
  readonly quality?: number | undefined;
  /** Metadata that is written beside the pixels. @default none */
  readonly metadata?: Metadata | undefined;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The quality of browsers' canvas. Measured over bench/kodak24 and bench/gopro: 40.3 dB at 3.1 bits a
 * pixel; 85 has 37.5 dB at 2.2, near a restoration's own error, 95 has 42.4 dB at 4.1.
 */
const JPEG_QUALITY = 92;

/**
 * Checks that a format can be written on this machine, so that nothing is computed in vain.
 *
 * @throws NafnetError `OUTPUT_FAILED` where sharp is needed and missing
 */
export async function checkWritable(format: OutputFormat): Promise<void> {
  if (format === "png" || format === "jpeg") return;
  const { sharpForWriting } = await import("./sharp/encodeWithSharp.ts");
  await sharpForWriting(format);
}

/**
 * Encodes a picture. Large ones are worked on by another thread.
 *
 * @param raster any channels and depth
 * @param format see {@link OUTPUT_FORMATS}
 * @throws NafnetError `INVALID_ARGUMENT` for an inconsistent raster, NaN, a quality out of range, a size that
 *   the format does not have; `OUTPUT_FAILED` where memory or sharp are missing; `ABORTED`
 */
export async function encodeImage(
  raster: Raster,
  format: OutputFormat,
  options: EncodeImageOptions = {},
): Promise<Uint8Array> {
  const { quality, metadata = {}, signal } = options;
  checkRaster(raster);
  if (quality !== undefined && (!Number.isInteger(quality) || quality < 1 || quality > 100)) {
    throw invalidArgument("quality", "an integer 1-100", quoted(quality));
  }
  const encodeBuiltIn = (
    settings: Pick<EncodeSettings, "format" | "stored">,
    metadata: Metadata,
  ): Promise<Uint8Array> => {
    const jpegQuality = quality ?? Math.max(JPEG_QUALITY, metadata.quality ?? 0);
    const job: EncodeJob = {
      kind: "encode",
      raster,
      settings: { ...settings, quality: jpegQuality, metadata },
    };
    const pixels = raster.width * raster.height;
    return runCodecJob(job, { pixels, name: "the result", signal });
  };
  switch (format) {
    case "png":
    case "jpeg":
      return encodeBuiltIn({ format }, metadata);
    case "webp":
    case "avif":
    case "tiff": {
      const { encodeWithSharp } = await import("./sharp/encodeWithSharp.ts");
      // WebP and AVIF have no grey: it becomes RGB, which a grey profile does not fit.
      const becomesRgb = raster.channels < 3 && format !== "tiff";
      const carried = becomesRgb ? { ...metadata, icc: undefined } : metadata;
      const png = await encodeBuiltIn({ format: "png", stored: true }, carried);
      const file = await encodeWithSharp(png, raster, format, { quality, metadata });
      throwIfAborted(signal); // sharp does not hear it
      return file;
    }
    default:
      format satisfies never;
      throw invalidArgument("format", OUTPUT_FORMATS.join(", "), quoted(format));
  }
}
