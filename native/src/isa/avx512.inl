// The vectors of all tables of AVX-512, and the shape of their matrix products' kernel.

constexpr const char* kIsa = "avx512";
constexpr int kLanes = 16;
/** Pixels of a matrix product's kernel: 28 of the 32 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(14), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
