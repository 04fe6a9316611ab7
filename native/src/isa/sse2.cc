/** Every x86-64 processor. There is no fused multiply-add: products are rounded before they are added. */
#include "../kernels.h"

#if defined(__SSE2__)

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE sse2
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "x"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Float32

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

constexpr int kLanes = 4;
/** Pixels of a matrix product's kernel: 12 of the 16 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(6), kUnroll = 1;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_sse2() { return NAFNET_NAMESPACE::kernel_table("sse2"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_sse2() { return nullptr; }
}  // namespace nafnet

#endif
