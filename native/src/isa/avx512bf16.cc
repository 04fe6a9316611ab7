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

#include "avx512.inl"

#include "bfloat16.inl"

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_avx512bf16() { return NAFNET_NAMESPACE::kernel_table("avx512"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_avx512bf16() { return nullptr; }
}  // namespace nafnet

#endif
