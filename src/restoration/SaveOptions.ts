/** Options of writing a result, and the check of its bit depth. */

import { invalidArgument, quoted } from "../base/errors.ts";
import { holds16Bits, type OutputFormat } from "../io/formats.ts";

/** Options of {@link RestoredImage.encode}. */
export interface EncodeOptions {
  /**
   * Bits per channel, of PNG and TIFF; 16 keeps what the network computed beyond 8.
   * @default the input's, where the format has them
   */
  readonly bits?: 8 | 16 | undefined;
  /**
   * 1–100, of JPEG, WebP and AVIF; the others are lossless.
   * @default JPEG 92, or the quality of a JPEG that was better; WebP 90; AVIF 80
   */
  readonly quality?: number | undefined;
  /**
   * Leave out whatever may tell of people and places: EXIF (with its GPS position), XMP, IPTC, comments.
   * Profile, gamma and density stay. @default false
   */
  readonly strip?: boolean | undefined;
  /** `"embed"`: the receipt as JSON in a text chunk `nafnet`, of a PNG. @default not written */
  readonly receipt?: "embed" | undefined;
  /** Stops the work; the promise is rejected with the code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link RestoredImage.toPng}. */
export type PngOptions = Omit<EncodeOptions, "quality">;

/** Options of {@link RestoredImage.toJpeg}. */
export type JpegOptions = Omit<EncodeOptions, "bits" | "receipt">;

/** Options of {@link RestoredImage.save}. */
export interface SaveOptions extends Omit<EncodeOptions, "receipt"> {
  /** The format to write. @default the one that the extension stands for */
  readonly format?: OutputFormat | undefined;
  /**
   * `"file"`: the receipt as JSON beside the picture, in `NAME.EXT.receipt.json`; `"embed"`: see
   * {@link EncodeOptions.receipt}. @default not written
   */
  readonly receipt?: "file" | "embed" | undefined;
}

/** @throws NafnetError `INVALID_ARGUMENT` for a bit depth that the format does not have */
export function checkBits(bits: number | undefined, format: OutputFormat): void {
  if (bits === undefined || bits === 8 || (bits === 16 && holds16Bits(format))) return;
  if (bits === 16) throw invalidArgument(`bits of ${format}`, "8", bits);
  throw invalidArgument("bits", "8 or 16", quoted(bits));
}
