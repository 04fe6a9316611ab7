/**
 * The head of an instruction set's file: opens its namespace. Included where the compiler's target has the
 * instructions, once a file, so without a guard. The file has defined:
 *
 * - NAFNET_TABLE: name of the namespace and of the table, which is kernels_<name>() of kernels.h;
 * - NAFNET_REGISTER: kind of the register that holds a vector, as inline assembly names it;
 * - NAFNET_OPERAND: operands of the matrix products, Float32 of kernels/gemm.inl or a type with the same members.
 *
 * Between this and end.h it defines kIsa, kLanes, kMaxRows, kUnroll, kPrefetch, and fma after kernels/vector.inl.
 */
#define NAFNET_COMPILED

#include <cstring>
#include <utility>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace nafnet {
namespace NAFNET_TABLE {
namespace {
