/** AMX: bfloat16 products of whole matrices, the rest of the work as in avx512bf16.cc. */
#include "../kernels.h"

#ifdef NAFNET_EMULATE_AMX
#include <immintrin.h>

#include "../../test/emulated_amx.h"
#endif

#define NAFNET_TABLE amxbf16
#define NAFNET_REGISTER "v"
#define NAFNET_OPERAND TiledBfloat16

#ifdef __AMX_BF16__
#include "begin.h"

#include "avx512.inl"

#include "bfloat16.inl"

#include "amx_tiles.inl"

#endif
#include "end.h"
