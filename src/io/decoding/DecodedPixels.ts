import type { Raster } from "../../image/Raster.ts";
import type { Metadata } from "../metadata/Metadata.ts";

/** A decoder's result: upright pixels and the metadata of their file. */
export interface DecodedPixels {
  readonly raster: Raster;
  readonly metadata: Metadata;
}
