/**
 * Encoded bytes of an untrusted file to a raster.
 */
import { invalidArgument, NafnetError, quoted } from "../base/errors.ts";
import type { DecodedPixels } from "./decoding/DecodedPixels.ts";
import { MAX_PIXELS } from "./decoding/pictureLimits.ts";
import { detectFormat } from "./detectFormat.ts";
import type { PictureFormat } from "./formats.ts";
import { readJpegHeader } from "./jpeg/readJpegHeader.ts";
import { readPngHeader } from "./png/readPngHeader.ts";
import type { DecodeJob } from "./worker/CodecJob.ts";
import { runCodecJob } from "./worker/runCodecJob.ts";

/** Options of {@link decodeImage}. */
export interface DecodeImageOptions {
  /**
   * The most pixels; pictures with more are refused by their header, before anything is allocated.
   * @default 2 ** 28, 268 megapixels
   */
  readonly maxPixels?: number | undefined;
  /**
   * The picture's name in error messages, a file name as a rule.
   * @default "picture"
   */
  readonly name?: string | undefined;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
}

/** A decoded picture and its file's format. */
export interface DecodedImage extends DecodedPixels {
  readonly format: PictureFormat;
}

/** Scans that take as long as decoding a baseline JPEG: each costs about a tenth of it. */
const SCANS_PER_DECODING = 10;

/**
 * Decodes a picture and turns it upright by its EXIF orientation. The bytes decide its format, not a name.
 * Large pictures are worked on by another thread.
 *
 * @param bytes the encoded file; not changed
 * @param options limit, name and signal
 * @returns PNG, TIFF: 1-4 channels at 8 or 16 bits; JPEG: 1 or 3 channels at 8 bits; others 8 bits
 * @throws NafnetError INPUT_UNSUPPORTED for other formats, INPUT_TOO_LARGE above `maxPixels` or the
 *   memory at hand, INPUT_CORRUPT for an empty, truncated or damaged file,
 *   INVALID_ARGUMENT for a `maxPixels` that is no number of pixels, ABORTED; nothing else
 * @example
 * const { raster } = await decodeImage(await readFile("photo.jpg"), { name: "photo.jpg" });
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions = {},
): Promise<DecodedImage> {
  const { maxPixels = MAX_PIXELS, name = "picture", signal } = options;
  if (!Number.isSafeInteger(maxPixels) || maxPixels < 1) {
    throw invalidArgument("maxPixels", "an integer ≥ 1", quoted(maxPixels));
  }
  if (bytes.length === 0) throw new NafnetError("INPUT_CORRUPT", `${name}: empty, 0 bytes`);
  // Without a Buffer's own methods: its `slice` shares memory.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const detected = detectFormat(plain);
  if (detected === undefined) {
    throw new NafnetError(
      "INPUT_CORRUPT",
      `${name}: expected PNG or JPEG but the first bytes are ` +
        `${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`,
    );
  }
  const { format } = detected;
  switch (format) {
    case "png":
    case "jpeg": {
      const job: DecodeJob = { kind: "decode", bytes: plain, format, name, maxPixels };
      const pixels = decodingWork(job);
      return { ...(await runCodecJob(job, { pixels, name, signal })), format };
    }
    case "webp":
    case "avif":
    case "tiff":
    case "heic": {
      const { decodeWithSharp } = await import("./sharp/decodeWithSharp.ts");
      const options = { format, formatName: detected.name, name, maxPixels, signal };
      return { ...(await decodeWithSharp(plain, options)), format };
    }
    case undefined:
      throw new NafnetError(
        "INPUT_UNSUPPORTED",
        `${name}: ${detected.name} is not decoded; convert it to PNG or JPEG`,
      );
    default:
      return format satisfies never;
  }
}

/** The work of a file, in pixels, by its header: that is checked here, so that most bad files start no thread. */
function decodingWork({ bytes, format, name, maxPixels }: DecodeJob): number {
  if (format === "png") {
    const { width, height } = readPngHeader(bytes, name, maxPixels);
    return width * height;
  }
  const { width, height, scans } = readJpegHeader(bytes, name, maxPixels);
  return width * height * Math.max(1, scans / SCANS_PER_DECODING);
}
