import type { ParityKind } from "./fixtures.ts";

/**
 * The largest differences from PyTorch that are let pass, for inputs of order 1. Measured with torch
 * 2.9.1, the largest of cpu, wasm and tfjs-node: LayerNorm2d 1.0e-6, SimplifiedChannelAttention 5.4e-7,
 * MDTA 4.8e-7, NAFBlock 3.3e-6, NAFNet 3.2e-6; twice that is left for other processors' rounding.
 */
export const TOLERANCES: Readonly<Record<ParityKind, number>> = {
  LayerNorm2d: 2e-6,
  SimpleGate: 0,
  PixelShuffle: 0,
  SimplifiedChannelAttention: 1.2e-6,
  MDTA: 1e-6,
  NAFBlock: 7e-6,
  NAFNet: 6.5e-6,
};

/**
 * For every instruction set of the fused engines. Measured, the largest of avx512, avx2, sse2 and simd128:
 * NAFBlock 3.1e-6, NAFNet 3.7e-6.
 */
export const FUSED_TOLERANCES: Readonly<Record<"NAFBlock" | "NAFNet", number>> = {
  NAFBlock: 6.5e-6,
  NAFNet: 7.5e-6,
};
