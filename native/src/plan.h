/** A program with its weights folded and packed for an instruction set: everything that does not depend on the picture.
 */
#pragma once

#include <vector>

#include "kernels.h"
#include "memory.h"
#include "program.h"

namespace nafnet {

/** A matrix of weights as the kernels read it. */
struct PackedMatrix {
  Buffer weights, bias;

  PackedWeights view() const { return {weights.data(), bias.floats()}; }
};

/** Vectors of channels, [first, first + count), that no head of MDTA crosses the border of. */
struct HeadGroup {
  int first, count;
};

/** A step and what was made of its weights. */
struct CompiledStep {
  Step step;
  /** Channels of the step's map, padded; of a convolution, of its input. */
  int padded_channels = 0;
  const Kernels* kernels = nullptr;

  // Convolution; Depthwise and LayerNorm keep their weights in `vectors_a` and `vectors_b`.
  PackedMatrix matrix;
  int depth = 0, vectors = 0, tap_channels = 0;
  Buffer vectors_a, vectors_b;

  // NAFBlock.
  PackedMatrix conv1, conv3, conv4, conv5;
  Buffer depthwise;
  /** SCA's kernel [c][padded_channels] and bias [padded_channels]; MDTA's project_out likewise. */
  Buffer attention_kernel, attention_bias;
  PackedMatrix query_key, value;
  Buffer query_key_depthwise, value_depthwise;
  std::vector<float> temperature;
  std::vector<HeadGroup> groups;
};

struct CompiledPlan {
  Program program;
  const Kernels* kernels = nullptr;
  std::vector<CompiledStep> steps;
  /** Of all packed weights. */
  size_t packed_bytes = 0;
};

/** Where an output channel comes from, by its place among the packed columns; kNone for padding. */
typedef std::vector<int> Columns;

/** Channels as they are, padded to vectors. */
Columns plain_columns(int channels, int lanes);
/** A panel for each vector of channels: the vector from `first` on, then the one from `second` on. */
Columns paired_columns(int channels, int first, int second, int lanes);

/** Writes one value of a packed matrix of `columns` columns. */
void put_packed(const Kernels& kernels, char* weights, int depth, int columns, int row, int column, float value);

/** @param weights null: only what a run needs is reckoned; @return false if there is not enough memory */
bool compile(const float* weights, CompiledPlan& plan, const Kernels* float_kernels);

}  // namespace nafnet
