/** AVX-512 with bfloat16 products of pairs (AVX512-BF16), summed in float32. */
#include "../kernels.h"

#if defined(__AVX512BF16__)

#include <immintrin.h>

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE avx512bf16
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "v"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Bfloat16

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

constexpr int kLanes = 16;
/** Pixels of a matrix product's kernel: 28 of the 32 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(14), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../generic/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }

/** Products of bfloat16: two neighbouring input channels at a time, [channel / 2][output channel][2]. */
struct Bfloat16 {
  typedef uint16_t T;
  static constexpr int kPerStep = 2;
  typedef int Factor __attribute__((vector_size(64), may_alias, aligned(4)));
  static Factor load_weights(const T* p) { return *reinterpret_cast<const Factor*>(p); }
  static Factor load_pixel(const T* p) {
    int pair;
    std::memcpy(&pair, p, sizeof(pair));
    return (Factor)_mm512_set1_epi32(pair);
  }
  static Vec multiply_add(Factor pixel, Factor weights, Vec sum) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)pixel, (__m512bh)weights);
  }
  static void store(T* p, Vec v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh((__m512)v));
  }
  static Vec load(const T* p) {
    typedef uint16_t Halves __attribute__((vector_size(32), may_alias, aligned(2)));
    typedef uint32_t Words __attribute__((vector_size(64)));
    return (Vec)(__builtin_convertvector(*reinterpret_cast<const Halves*>(p), Words) << 16);
  }
};

#include "../generic/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_avx512bf16() { return NAFNET_NAMESPACE::kernel_table("avx512"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_avx512bf16() { return nullptr; }
}  // namespace nafnet

#endif
