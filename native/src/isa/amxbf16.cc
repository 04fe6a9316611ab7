/** AMX: bfloat16 products of whole matrices, the rest of the work as in avx512bf16.cc. */
#include "../kernels.h"

#if defined(__AMX_BF16__)

#include <immintrin.h>

#include <cstring>
#include <utility>

#ifdef NAFNET_EMULATE_AMX
#include "../../test/emulated_amx.h"
#endif

#define NAFNET_NAMESPACE amxbf16
/** The kind of register that holds a vector, as inline assembly names it. */
#define NAFNET_REGISTER "v"
/** What the matrix products multiply. */
#define NAFNET_PRODUCT TiledBfloat16

namespace nafnet {
namespace NAFNET_NAMESPACE {
namespace {

#include "avx512.inl"

#include "bfloat16.inl"
#include "amx_tiles.inl"

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_NAMESPACE

const Kernels* kernels_amxbf16() {
  using namespace NAFNET_NAMESPACE;
  static const Kernels table = [] {
    Kernels kernels = *kernel_table("avx512");
    kernels.peak = tile_peak;
    return kernels;
  }();
  static const bool works = tiles_work();
  return works ? &table : nullptr;
}

}  // namespace nafnet

#else

namespace nafnet {
const Kernels* kernels_amxbf16() { return nullptr; }
}  // namespace nafnet

#endif
