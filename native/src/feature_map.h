/** A feature map of a run, and the memory that it lies in. */
#pragma once

#include <cstdint>

#include "kernels.h"

namespace nafnet {

/** A part of a run's memory; of a dry run, only its place. */
struct Allocation {
  char* data = nullptr;
  uint64_t offset = 0, bytes = 0;

  float* floats() const { return reinterpret_cast<float*>(data); }
  double* doubles() const { return reinterpret_cast<double*>(data); }
};

/** [row][column][channel], in memory or in the scratch file. */
struct FeatureMap {
  int height = 0, width = 0, channels = 0, padded_channels = 0;
  /** 2 for a map of bfloat16 operands. */
  int value_bytes = sizeof(float);
  bool live = false, spilled = false;
  /** Place in the run's memory, or in the scratch file. */
  Allocation allocation;

  /** Values of a row, counted in float32's size. */
  int64_t row_values() const { return static_cast<int64_t>(width) * padded_channels * value_bytes / 4; }
  uint64_t bytes() const { return static_cast<uint64_t>(height) * row_values() * sizeof(float); }
  /** All rows, of a map in memory. */
  Rows rows() const { return {allocation.floats(), row_values(), 0}; }
};

}  // namespace nafnet
