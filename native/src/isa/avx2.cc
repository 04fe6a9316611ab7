/** AVX2 and FMA: x86-64-v3. */
#include "../kernels.h"

#define NAFNET_TABLE avx2
#define NAFNET_REGISTER "x"
#define NAFNET_OPERAND Float32

#ifdef __AVX2__
#include "begin.h"

constexpr const char* kIsa = "avx2";
constexpr int kLanes = 8;
/** Pixels of a matrix product's kernel: 12 of the 16 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(6), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }

#endif
#include "end.h"
