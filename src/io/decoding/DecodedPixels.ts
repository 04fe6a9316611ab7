/**
 * What a decoder gives.
 */

import type { Raster } from "../../image/Raster.ts";
import type { Metadata } from "../metadata/Metadata.ts";

/** Upright pixels, and what their file says beside them. */
export interface DecodedPixels {
  readonly raster: Raster;
  readonly metadata: Metadata;
}
