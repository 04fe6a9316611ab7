/** The instruction sets of this build that this processor and its system run. */
#pragma once

#include <string>
#include <vector>

#include "kernels.h"

namespace nafnet {

struct InstructionSet {
  std::string name;
  const Kernels* kernels;
  /** Kernels with bfloat16 products; null where the processor has none. */
  const Kernels* bfloat16_kernels;
  const char* bfloat16_unit;
};

/** All of them, the fastest first. */
const std::vector<InstructionSet>& instruction_sets();

/** @param name null for the fastest
 * @return null for one that is not there */
const InstructionSet* find_instruction_set(const char* name);

}  // namespace nafnet
