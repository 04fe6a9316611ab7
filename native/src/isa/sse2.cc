/** Every x86-64 processor. There is no fused multiply-add: products are rounded before they are added. */
#include "../kernels.h"

#define NAFNET_TABLE sse2
#define NAFNET_REGISTER "x"
#define NAFNET_OPERAND Float32

#ifdef __SSE2__
#include "begin.h"

constexpr const char* kIsa = "sse2";
constexpr int kLanes = 4;
/** Pixels of a matrix product's kernel: 12 of the 16 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(6), kUnroll = 1;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

#endif
#include "end.h"
