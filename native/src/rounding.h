/** Whole multiples. Inlined always: files of several instruction sets include this, see Rows in kernels.h. */
#pragma once

#include <cstdint>

namespace nafnet {

__attribute__((always_inline)) constexpr int64_t divide_up(int64_t value, int64_t by) { return (value + by - 1) / by; }
__attribute__((always_inline)) constexpr int64_t round_up(int64_t value, int64_t multiple) {
  return divide_up(value, multiple) * multiple;
}

}  // namespace nafnet
