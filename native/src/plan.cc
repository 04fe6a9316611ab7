#include "plan.h"

#include "operation.h"
#include "packing.h"

namespace nafnet {

bool compile(const float* weights, const Kernels& float_kernels, CompiledPlan& plan) {
  Packer packer(weights, *plan.kernels, float_kernels);
  for (const auto& step : plan.program.steps) {
    step->kernels = plan.kernels;
    if (!step->pack(packer, plan.program)) return false;
  }
  plan.packed_bytes = packer.bytes();
  return true;
}

}  // namespace nafnet
