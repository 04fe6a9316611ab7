/** AVX-512 with bfloat16 products of pairs (AVX512-BF16), summed in float32. */
#include "../kernels.h"

#define NAFNET_TABLE avx512bf16
#define NAFNET_REGISTER "v"
#define NAFNET_OPERAND Bfloat16

#ifdef __AVX512BF16__
#include "begin.h"

#include "avx512.inl"

#include "bfloat16.inl"

#endif
#include "end.h"
