/** WebAssembly with fixed-width SIMD. There is no fused multiply-add: products are rounded before they are added. */
#include "../kernels.h"

#define NAFNET_TABLE simd128
#define NAFNET_REGISTER "r"
#define NAFNET_OPERAND Float32

#ifdef __wasm_simd128__
#include "begin.h"

constexpr const char* kIsa = "simd128";
constexpr int kLanes = 4;
/**
 * Pixels of a matrix product's kernel, and steps of its inner loop. V8 keeps no more than this in an x86-64 processor's
 * 16 registers: with 5 or 6 pixels, or with 4 steps, its products were slower by a fifth to a half.
 */
constexpr int kMaxRows = NAFNET_ROWS(4), kUnroll = 1;
constexpr bool kPrefetch = false;  // there is no such instruction

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

#endif
#include "end.h"
