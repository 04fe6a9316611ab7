/**
 * What a decoder gives.
 */
import type { Metadata } from "./metadata/Metadata.ts";
import type { Raster } from "./Raster.ts";

/** Upright pixels, and what their file says beside them. */
export interface DecodedPixels {
  readonly raster: Raster;
  readonly metadata: Metadata;
}
