/** The result of a restoration: float colour, and the original's alpha, depth and metadata. */

import type { Tensor3D } from "@tensorflow/tfjs-core";
import { throwIfAborted } from "../base/abort.ts";
import { NafnetError } from "../base/errors.ts";
import { type Interruptible, runAsync, runSync } from "../base/interruptible.ts";
import { writeFileAtomic } from "../base/writeFileAtomic.ts";
import { assembleRaster } from "../image/assembleRaster.ts";
import type { Raster } from "../image/Raster.ts";
import type { DisposableTensor, TensorLike } from "../image/tensorToRaster.ts";
import { encodeImage } from "../io/encodeImage.ts";
import { holds16Bits, type OutputFormat, outputFormat, type PictureFormat } from "../io/formats.ts";
import { type Comment, type Metadata, stripped } from "../io/metadata/Metadata.ts";
import { type Adjusted, type Adjustments, adjust, checkAdjustments } from "./adjust.ts";
import type { Receipt } from "./Receipt.ts";
import {
  checkBits,
  type EncodeOptions,
  type JpegOptions,
  type PngOptions,
  type SaveOptions,
} from "./SaveOptions.ts";

/** The parts of a {@link RestoredImage}. */
export interface RestoredParts {
  readonly width: number;
  readonly height: number;
  /** The network's result: float32 [height, width, 3], nominally 0–1 */
  readonly colour: Float32Array;
  /** The picture that it was made from, of the same size. */
  readonly source: Raster;
  /** Whether the picture was grey. */
  readonly grey: boolean;
  /** The picture's alpha, one channel; undefined where it has none. */
  readonly alpha: Raster | undefined;
  /** The picture's bit depth, 8 for one of floats. */
  readonly bitDepth: 8 | 16;
  /** The format of the file that the picture was decoded from. @default none: pixels */
  readonly format?: PictureFormat | undefined;
  /** Metadata of its file. @default none */
  readonly metadata?: Metadata | undefined;
  /** Sentences for the user about how it was made. @default none */
  readonly notes?: readonly string[] | undefined;
  readonly receipt: Receipt;
}

/** The keyword of an embedded receipt. */
const RECEIPT_KEYWORD = "nafnet";

/**
 * A restored picture. Grey stays grey and alpha stays as it was; the network's values are kept as
 * floats, so that each output is rounded once. Metadata of the input's file (colour profile, EXIF, density, …)
 * is written into the output's.
 */
export class RestoredImage {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and straight alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** The bit depth of {@link data}: 16 where the input had 16. */
  readonly bitDepth: 8 | 16;
  /** The format of the file that the input was decoded from; undefined for pixels and tensors. */
  readonly format: PictureFormat | undefined;
  /** What of the input's file is not carried along and why, and what is odd about a mask; a sentence each. */
  readonly notes: readonly string[];
  /** The engine that made it, and how it did. */
  readonly receipt: Receipt;
  private readonly parts: RestoredParts;
  private readonly adjusted: Adjusted;
  private raster: Raster | undefined;

  /** @internal */
  constructor(parts: RestoredParts) {
    this.parts = parts;
    this.width = parts.width;
    this.height = parts.height;
    this.bitDepth = parts.bitDepth;
    this.format = parts.format;
    this.notes = [...(parts.metadata?.notes ?? []), ...(parts.notes ?? [])];
    this.receipt = parts.receipt;
    this.adjusted = parts.receipt.adjustments;
    const alpha = parts.alpha === undefined ? 0 : 1;
    this.channels = ((parts.grey ? 1 : 3) + alpha) as 1 | 2 | 3 | 4; // 1 or 3, and 0 or 1
  }

  /** height · width · channels integers, rows top to bottom, channels interleaved; shared, not a copy. */
  get data(): Uint8Array | Uint16Array {
    this.raster ??= runSync(this.toRaster(this.bitDepth));
    return this.raster.data as Uint8Array | Uint16Array; // of 8 or 16 bits
  }

  /**
   * The same result, blended otherwise with the picture it was made from: the network does not run again.
   * Earlier adjustments do not count. The new image shares this one's memory; the blend is
   * computed when it is read or written: 0.6 s of a 24-megapixel picture, 3 s with `detail`.
   *
   * @throws NafnetError `INVALID_ARGUMENT`
   * @example
   * await restored.adjust({ strength: 0.8, detail: 0.3 }).save("milder.png");
   */
  adjust(adjustments: Adjustments): RestoredImage {
    const receipt = { ...this.receipt, adjustments: checkAdjustments(adjustments) };
    return new RestoredImage({ ...this.parts, receipt });
  }

  /**
   * The picture as the bytes of a file.
   *
   * @param format WebP, AVIF and TIFF need the package sharp. JPEG has no alpha: it is flattened onto white
   * @throws NafnetError `INVALID_ARGUMENT`, `OUTPUT_FAILED`, `ABORTED`
   */
  async encode(format: OutputFormat, options: EncodeOptions = {}): Promise<Uint8Array> {
    const { bits, quality, signal } = options;
    checkBits(bits, format);
    const raster = await this.rasterAt(bits ?? (holds16Bits(format) ? this.bitDepth : 8));
    return encodeImage(raster, format, {
      ...{ quality, signal },
      metadata: this.metadataFor(format, options),
    });
  }

  /** {@link encode} as PNG. */
  async toPng(options: PngOptions = {}): Promise<Uint8Array> {
    return this.encode("png", options);
  }

  /** {@link encode} as JPEG. */
  async toJpeg(options: JpegOptions = {}): Promise<Uint8Array> {
    return this.encode("jpeg", options);
  }

  /**
   * Writes the picture; the extension says as what: .png, .jpg, .jpeg, and with the package sharp .webp,
   * .avif, .tif, .tiff. Either the whole file is there afterwards or nothing; missing folders are made.
   *
   * @throws NafnetError `INVALID_ARGUMENT` for another extension, `OUTPUT_FAILED`, `ABORTED`
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    const { format = outputFormat(path), receipt, signal, ...others } = options;
    throwIfAborted(signal);
    const embed = receipt === "embed" ? receipt : undefined;
    const bytes = await this.encode(format, { ...others, signal, receipt: embed });
    throwIfAborted(signal);
    if (receipt === "file") {
      const json = `${JSON.stringify(this.receipt, null, 2)}\n`;
      // First, so that where the picture is its receipt is.
      await writeFileAtomic(`${path}.receipt.json`, Buffer.from(json));
    }
    await writeFileAtomic(path, bytes);
  }

  /**
   * The picture as a tensor on the active tfjs backend; the caller disposes it. Not rounded.
   *
   * @typeParam Tensor `tf.Tensor3D` for who uses tfjs: its types would not let programs without it compile,
   *   unless they have `skipLibCheck` on
   * @returns float32 [height, width, channels], values 0–1
   * @example
   * const tensor = await restored.toTensor<tf.Tensor3D>();
   */
  async toTensor<Tensor extends TensorLike = DisposableTensor>(): Promise<Tensor> {
    const { readyBackend } = await import("../engine/tfjs/backend.ts");
    await readyBackend();
    const tf = await import("@tensorflow/tfjs-core");
    const { grey, alpha, height, width } = this.parts;
    const colour = await runAsync(this.adjustedColour());
    const tensor = tf.tidy(() => {
      const rgb = tf.tensor3d(colour, [height, width, 3]);
      // Clipped after the mean, as in `assembleRaster`.
      const shown = tf.clipByValue(grey ? tf.mean<Tensor3D>(rgb, 2, true) : rgb, 0, 1);
      if (alpha === undefined) return shown;
      const most = { 8: 255, 16: 65535, 32: 1 }[alpha.bitDepth];
      const values = tf.tensor3d(Float32Array.from(alpha.data), [height, width, 1]);
      return tf.concat([shown, tf.div<Tensor3D>(values, most)], 2);
    });
    return tensor as TensorLike as Tensor; // tfjs is a peer dependency: the caller's Tensor3D is this one
  }

  private metadataFor(format: OutputFormat, { strip, receipt }: EncodeOptions): Metadata {
    const metadata = this.parts.metadata ?? {};
    const kept = strip ? stripped(metadata) : metadata;
    // The input's own receipt tells of another run.
    const comments = (kept.comments ?? []).filter(({ keyword }) => keyword !== RECEIPT_KEYWORD);
    if (receipt === undefined) return { ...kept, comments };
    if (format !== "png") {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected png to embed the receipt in but received ${format}; write it to a file instead.`,
      );
    }
    const embedded: Comment = { keyword: RECEIPT_KEYWORD, text: JSON.stringify(this.receipt) };
    return { ...kept, comments: [...comments, embedded] };
  }

  private async rasterAt(bitDepth: 8 | 16): Promise<Raster> {
    return this.raster?.bitDepth === bitDepth ? this.raster : runAsync(this.toRaster(bitDepth));
  }

  private *toRaster(bitDepth: 8 | 16): Interruptible<Raster> {
    return yield* assembleRaster(yield* this.adjustedColour(), this.parts, bitDepth);
  }

  private adjustedColour(): Interruptible<Float32Array> {
    return adjust(this.parts.colour, this.parts.source, this.adjusted);
  }
}
