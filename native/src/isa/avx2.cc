/** AVX2 and FMA: x86-64-v3. */
#include "../kernels.h"

#if defined(__AVX2__)

#include <immintrin.h>

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE avx2
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "x"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Float32

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

constexpr int kLanes = 8;
/** Pixels of a matrix product's kernel: 12 of the 16 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(6), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_avx2() { return NAFNET_NAMESPACE::kernel_table("avx2"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_avx2() { return nullptr; }
}  // namespace nafnet

#endif
