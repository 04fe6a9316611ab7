/** WebAssembly with fixed-width SIMD. There is no fused multiply-add: products are rounded before they are added. */
#include "../kernels.h"

#if defined(__wasm_simd128__)

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE simd128
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "r"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Float32

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

constexpr int kLanes = 4;
/**
 * Pixels of a matrix product's kernel, and steps of its inner loop. V8 keeps no more than this in an x86-64 processor's
 * 16 registers: with 5 or 6 pixels, or with 4 steps, its products were slower by a fifth to a half.
 */
constexpr int kMaxRows = NAFNET_ROWS(4), kUnroll = 1;
constexpr bool kPrefetch = false;  // there is no such instruction

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_simd128() { return NAFNET_NAMESPACE::kernel_table("simd128"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_simd128() { return nullptr; }
}  // namespace nafnet

#endif
