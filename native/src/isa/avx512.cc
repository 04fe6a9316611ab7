/** AVX-512 F, BW, DQ and VL: x86-64-v4. */
#include "../kernels.h"

#if defined(__AVX512F__)

#include <immintrin.h>

#include <cstring>
#include <utility>

#define NAFNET_NAMESPACE avx512
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "v"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT Float32

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

#include "avx512.inl"

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_avx512() { return NAFNET_NAMESPACE::kernel_table("avx512"); }

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_avx512() { return nullptr; }
}  // namespace nafnet

#endif
