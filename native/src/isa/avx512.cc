/** AVX-512 F, BW, DQ and VL: x86-64-v4. */
#include "../kernels.h"

#define NAFNET_TABLE avx512
#define NAFNET_REGISTER "v"
#define NAFNET_OPERAND Float32

#ifdef __AVX512F__
#include "begin.h"

#include "avx512.inl"

#endif
#include "end.h"
