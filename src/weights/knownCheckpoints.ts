/**
 * Metadata of the published NAFNet checkpoints by their SHA-256, since the files have none.
 * From the model zoo of the reference implementation (github.com/megvii-research/NAFNet), MIT licence;
 * GoPro's and REDS's numbers are with TLC (arXiv 2112.04491), SIDD's without.
 */

import type { WeightsMetadata } from "./Weights.ts";

type KnownMetadata = Pick<WeightsMetadata, "task" | "license" | "training" | "tlc">;

const SIDD: KnownMetadata = { task: "denoise", license: "MIT", training: "SIDD", tlc: false };
const GOPRO: KnownMetadata = { task: "deblur", license: "MIT", training: "GoPro", tlc: true };
const REDS: KnownMetadata = { task: "deblur", license: "MIT", training: "REDS", tlc: true };

/** Metadata by SHA-256 in lower-case hexadecimal digits. */
export const KNOWN_CHECKPOINTS: ReadonlyMap<string, KnownMetadata> = new Map([
  ["89c70e808d1783b6c07911306e106aaf0d4f7f3da8c61078b99ff7f8929a26f4", SIDD], // NAFNet-SIDD-width32
  ["cd685efaae01f7c4e9951f2deab05780079c8eb1e49ed664b72f6db04dabb445", SIDD], // NAFNet-SIDD-width64
  ["19394e6155d12ef6371d1d57496f87f0ec88f92bdffa27c0792690722d5d1a5c", GOPRO], // NAFNet-GoPro-width32
  ["329d3ab4077b8d6b7ff61de376e483714667960bf85be027bf4335cda701196f", GOPRO], // NAFNet-GoPro-width64
  ["175fe8b3cdf3abedfbc87769779c3d9f491e05bb2e73ea9d627883f90a4b2df3", REDS], // NAFNet-REDS-width64
]);
