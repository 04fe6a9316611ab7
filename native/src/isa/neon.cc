/** Every 64-bit ARM processor. */
#include "../kernels.h"

#if defined(__ARM_NEON) && defined(__aarch64__)

#include <arm_neon.h>

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE neon
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "w"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Float32

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

constexpr int kLanes = 4;
/** Pixels of a matrix product's kernel: 24 of the 32 registers hold sums. Steps of its inner loop. */
constexpr int kMaxRows = NAFNET_ROWS(12), kUnroll = 4;
constexpr bool kPrefetch = true;

#include "../kernels/vector.inl"

inline Vec fma(Vec a, Vec b, Vec c) { return (Vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_neon() { return NAFNET_NAMESPACE::kernel_table("neon"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_neon() { return nullptr; }
}  // namespace nafnet

#endif
