import { VERSION } from "../base/version.ts";
import type { Raster } from "../image/Raster.ts";
import type { ReadImage } from "../io/readImage.ts";
import { type Adjustments, checkAdjustments } from "./adjust.ts";
import type { Receipt } from "./Receipt.ts";
import { RestoredImage, type RestoredParts } from "./RestoredImage.ts";

/**
 * A network's result as the image that the caller receives.
 *
 * @param read the picture that it was made from, whose other parts than colour go with the result; and sentences for
 *   the user about what was done with it
 * @param alpha the picture's, see `alphaOf`
 * @param colour float32 [height, width, 3], kept
 * @param receipt the run's part of it; version, size and adjustments are filled in
 */
export function createRestoredImage(
  { raster, format, metadata, notes }: ReadImage & Pick<RestoredParts, "notes">,
  alpha: Raster | undefined,
  colour: Float32Array,
  adjustments: Adjustments,
  receipt: Omit<Receipt, "version" | "width" | "height" | "adjustments">,
): RestoredImage {
  const { width, height } = raster;
  // Pixels that did not come from a file are the caller's, who may write to them before an adjustment reads them.
  const source = format === undefined ? { ...raster, data: raster.data.slice() } : raster;
  return new RestoredImage({
    ...{ width, height, colour, source, alpha, format, metadata, notes },
    grey: raster.channels < 3,
    bitDepth: raster.bitDepth === 16 ? 16 : 8,
    receipt: {
      version: VERSION,
      ...{ width, height },
      ...receipt,
      adjustments: checkAdjustments(adjustments),
    },
  });
}
