/** A program with its weights packed for an instruction set: everything that does not depend on the picture. */
#pragma once

#include "kernels.h"
#include "program.h"

namespace nafnet {

struct CompiledPlan {
  Program program;
  const Kernels* kernels = nullptr;
  /** Bytes of all packed weights. */
  size_t packed_bytes = 0;
};

/**
 * Packs the weights of the plan's program for the plan's kernels.
 *
 * @param weights null: only their bytes are counted, for estimates
 * @param float_kernels the same instruction set with products of float32
 * @return false if there is not enough memory
 */
bool compile(const float* weights, const Kernels& float_kernels, CompiledPlan& plan);

}  // namespace nafnet
