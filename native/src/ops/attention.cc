#include "attention.h"

#include <cstring>

#include "run.h"

namespace nafnet {

bool AttentionProjection::pack(Packer& packer, int of_channels, int kernel_offset, int bias_offset) {
  channels = of_channels;
  padded_channels = static_cast<int>(round_up(channels, packer.kernels().lanes));
  return packer.rows(kernel, kernel_offset, channels, channels, padded_channels) &&
         packer.vector(bias, bias_offset, channels, padded_channels);
}

RuntimeMatrix RuntimeMatrix::allocate(Run& run, const Kernels& kernels, int padded_channels) {
  RuntimeMatrix matrix;
  matrix.weights =
      run.memory.allocate(static_cast<uint64_t>(padded_channels) * padded_channels * kernels.operand_bytes);
  matrix.bias = run.memory.allocate(padded_channels * sizeof(float));
  return matrix;
}

void RuntimeMatrix::free(Run& run) const {
  run.memory.free(bias);
  run.memory.free(weights);
}

void RuntimeMatrix::reset(const AttentionProjection& projection) const {
  std::memset(weights.data, 0, weights.bytes);
  std::memcpy(bias.floats(), projection.bias.floats(), projection.padded_channels * sizeof(float));
}

void RuntimeMatrix::set_row(const Kernels& kernels, int row, const float* values, int padded_channels) const {
  const PanelWriter panels = {kernels, weights.data, padded_channels, padded_channels};
  for (int column = 0; column < padded_channels; column++) panels.set(row, column, values[column]);
}

}  // namespace nafnet
