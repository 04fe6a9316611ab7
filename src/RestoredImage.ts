/** The result of a restoration: float colour, and whatever of the original goes with it. */

import { extname } from "node:path";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { type Adjusted, type Adjustments, adjusting, checkAdjustments } from "./adjusting.ts";
import { throwIfAborted } from "./engine/abort.ts";
import { NafnetError } from "./errors.ts";
import { assembling } from "./io/assemble.ts";
import { encodePng } from "./io/encodePng.ts";
import type { Raster } from "./io/Raster.ts";
import { atOnce, inTurns, type Work } from "./io/turns.ts";
import { writeFileAtomic } from "./io/writeFileAtomic.ts";
import type { Receipt } from "./Receipt.ts";

/** What a {@link RestoredImage} is made of. */
export interface RestoredParts {
  readonly width: number;
  readonly height: number;
  /** The network's result: float32 [height, width, 3], nominally 0–1 */
  readonly colour: Float32Array;
  /** The picture that it was made from, of the same size. */
  readonly source: Raster;
  /** Whether the picture was grey. */
  readonly grey: boolean;
  /** The picture's alpha, one channel. */
  readonly alpha: Raster | undefined;
  /** The picture's bit depth, 8 for one of floats. */
  readonly bitDepth: 8 | 16;
  readonly receipt: Receipt;
}

/** Options of {@link RestoredImage.toPng}. */
export interface PngOptions {
  /** Bits per channel; 16 keeps what the network computed beyond 8. @default the input's */
  readonly bits?: 8 | 16 | undefined;
}

/** Options of {@link RestoredImage.toJpeg}. */
export interface JpegOptions {
  /** 1–100. @default 92 */
  readonly quality?: number | undefined;
}

/** Options of {@link RestoredImage.save}. */
export interface SaveOptions extends PngOptions, JpegOptions {
  /** Stops before the file is written; the promise is rejected with the code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A restored picture. Grey stays grey and alpha stays as it was; the network's values are kept as
 * floats, so that each output is rounded once.
 */
export class RestoredImage {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and straight alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** The bit depth of {@link data}: 16 where the input had 16. */
  readonly bitDepth: 8 | 16;
  /** Which engine made it, and how. */
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
    this.receipt = parts.receipt;
    this.adjusted = parts.receipt.adjustments;
    const alpha = parts.alpha === undefined ? 0 : 1;
    this.channels = ((parts.grey ? 1 : 3) + alpha) as 1 | 2 | 3 | 4; // 1 or 3, and 0 or 1
  }

  /** height · width · channels integers, rows top to bottom, channels interleaved; shared, not a copy. */
  get data(): Uint8Array | Uint16Array {
    this.raster ??= atOnce(this.assembling(this.bitDepth));
    return this.raster.data as Uint8Array | Uint16Array; // of 8 or 16 bits
  }

  /**
   * The same result, blended otherwise with the picture it was made from: the network does not run again.
   * What an earlier adjustment did does not count. The new image shares this one's memory; the blend is
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
   * The picture as PNG.
   *
   * @throws NafnetError `INVALID_ARGUMENT`
   */
  async toPng({ bits = this.bitDepth }: PngOptions = {}): Promise<Uint8Array> {
    if (bits !== 8 && bits !== 16) {
      throw new NafnetError(
        "INVALID_ARGUMENT",
        `Expected 8 or 16 for bits but received ${JSON.stringify(bits)}.`,
      );
    }
    return encodePng(await this.rasterAt(bits));
  }

  /** The picture as JPEG: 8 bits, alpha flattened onto white. */
  async toJpeg(options: JpegOptions = {}): Promise<Uint8Array> {
    const { encodeJpeg } = await import("./io/encodeJpeg.ts");
    return encodeJpeg(await this.rasterAt(8), options.quality);
  }

  /**
   * Writes the picture; the extension says as what: .png, .jpg or .jpeg. Either the whole file is
   * there afterwards or nothing; missing folders are made.
   *
   * @throws NafnetError `INVALID_ARGUMENT` for another extension, `OUTPUT_FAILED`, `ABORTED`
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    const bytes =
      outputFormat(path) === "png" ? await this.toPng(options) : await this.toJpeg(options);
    throwIfAborted(options.signal);
    await writeFileAtomic(path, bytes);
  }

  /**
   * The picture as a tensor on the active tfjs backend; the caller disposes it. Not rounded.
   *
   * @returns float32 [height, width, channels], values 0–1
   */
  async toTensor(): Promise<Tensor3D> {
    const { readyBackend } = await import("./engine/tfjs/backend.ts");
    await readyBackend();
    const tf = await import("@tensorflow/tfjs-core");
    const { grey, alpha, height, width } = this.parts;
    const colour = await inTurns(this.adjusting());
    return tf.tidy(() => {
      const rgb = tf.tensor3d(colour, [height, width, 3]);
      // Clipped after the mean, as in `assemble`.
      const shown = tf.clipByValue(grey ? tf.mean<Tensor3D>(rgb, 2, true) : rgb, 0, 1);
      if (alpha === undefined) return shown;
      const most = { 8: 255, 16: 65535, 32: 1 }[alpha.bitDepth];
      const values = tf.tensor3d(Float32Array.from(alpha.data), [height, width, 1]);
      return tf.concat([shown, tf.div<Tensor3D>(values, most)], 2);
    });
  }

  private async rasterAt(bitDepth: 8 | 16): Promise<Raster> {
    return this.raster?.bitDepth === bitDepth ? this.raster : inTurns(this.assembling(bitDepth));
  }

  private *assembling(bitDepth: 8 | 16): Work<Raster> {
    return yield* assembling(yield* this.adjusting(), this.parts, bitDepth);
  }

  private adjusting(): Work<Float32Array> {
    return adjusting(this.parts.colour, this.parts.source, this.adjusted);
  }
}

/**
 * The format that a file's extension stands for.
 *
 * @throws NafnetError `INVALID_ARGUMENT`
 */
export function outputFormat(path: string): "png" | "jpeg" {
  const extension = extname(path).toLowerCase();
  if (extension === ".png") return "png";
  if (extension === ".jpg" || extension === ".jpeg") return "jpeg";
  throw new NafnetError(
    "INVALID_ARGUMENT",
    `Expected .png, .jpg or .jpeg as the extension of the output but received ${JSON.stringify(path)}.`,
  );
}
