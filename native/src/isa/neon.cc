/** Every 64-bit ARM processor. */
#include "../kernels.h"

#define NAFNET_TABLE neon
#define NAFNET_REGISTER "w"
#define NAFNET_OPERAND Float32

#if defined(__ARM_NEON) && defined(__aarch64__)
#include "begin.h"

constexpr const char* kIsa = "neon";
constexpr int kLanes = 4;
/** Pixels of a matrix product's kernel: 24 of the 32 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(12), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }

#endif
#include "end.h"
