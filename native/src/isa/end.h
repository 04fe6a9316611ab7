/**
 * The tail of an instruction set's file: its kernels and its table, or null where begin.h was left out. A file defines
 * this one function; all else is in its anonymous namespace.
 */
#ifdef NAFNET_COMPILED

#include "../kernels/kernels.inl"

}  // namespace
}  // namespace NAFNET_TABLE
}  // namespace nafnet

#endif

#define NAFNET_JOIN(a, b) a##b
#define NAFNET_NAME_TABLE(name) NAFNET_JOIN(kernels_, name)

namespace nafnet {

const Kernels* NAFNET_NAME_TABLE(NAFNET_TABLE)() {
#ifdef NAFNET_COMPILED
  return NAFNET_TABLE::kernel_table<NAFNET_TABLE::NAFNET_OPERAND>();
#else
  return nullptr;
#endif
}

}  // namespace nafnet
