/**
 * Weights folded and packed into panels, as the kernels read them: once a network.
 *
 * A panel has two vectors of output channels, [input channel][2 · lanes]; in bfloat16 pairs of input channels lie
 * together, [input channel / 2][2 · lanes][2], as the instruction multiplies them.
 */
#pragma once

#include <cstring>
#include <vector>

#include "kernels.h"
#include "memory.h"
#include "program.h"

namespace nafnet {

/** A matrix of weights in panels, and its bias. */
struct PackedMatrix {
  Buffer weights, bias;

  PackedWeights view() const { return {weights.data(), bias.floats()}; }
};

/** Writes a packed matrix value by value. */
struct PanelWriter {
  const Kernels& kernels;
  char* weights;
  int depth, columns;

  void set(int row, int column, float value) const;
};

/** Output channels by their place among the packed columns; kNone for padding. */
typedef std::vector<int> Columns;

/** Channels as they are, padded to vectors. */
Columns plain_columns(int channels, int lanes);
/** A panel for each vector of channels: the vector from `first` on, then the one from `second` on. */
Columns paired_columns(int channels, int first, int second, int lanes);
/** PixelShuffle's channel o · factor² + sub goes to column sub · padded + o: a run of channels for each place. */
Columns shuffled_columns(int channels, int factor, int lanes);

/** A matrix to pack: `rows` rows of values, zeros up to `depth`. */
struct MatrixShape {
  const Kernels& kernels;
  int rows, depth;
  const Columns& columns;
};

/** A 1x1 convolution, with a scale and a shift of its input and a scale of its output to fold into it. */
struct FoldedPointwise {
  /** Channels of the input, and columns of the kernel. */
  int channels, kernel_columns;
  /** Offsets of the convolution's weights; the bias, and all of the following, may be kNone. */
  int kernel, bias;
  /** Offsets of the weight and bias of the LayerNorm before it. */
  int input_scale = kNone, input_shift = kNone;
  /** Offset of beta or gamma after it. */
  int output_scale = kNone;
};

/** Allocates, counts and fills packed weights. Every function returns false if there is not enough memory. */
class Packer {
 public:
  /** @param weights null: nothing is allocated and only the bytes are counted */
  Packer(const float* weights, const Kernels& kernels, const Kernels& float_kernels)
      : weights_(weights), kernels_(kernels), float_kernels_(float_kernels) {}

  const Kernels& kernels() const { return kernels_; }
  /** Kernels of the same instruction set with products of float32. */
  const Kernels& float_kernels() const { return float_kernels_; }
  size_t bytes() const { return bytes_; }
  /** Whether nothing is allocated, so that nothing may be written either. */
  bool only_counts() const { return weights_ == nullptr; }
  const float* weights() const { return weights_; }
  /** A weight's value, 0 where there is no such weight. */
  float value(int offset, int64_t i) const { return offset == kNone ? 0.0f : weights_[offset + i]; }

  /** Allocates zeros. */
  bool allocate(Buffer& buffer, size_t bytes);
  /** Copies a weight of `count` values, padded with zeros. */
  bool vector(Buffer& buffer, int offset, int count, int padded);
  /** Copies rows of `columns` values each, padded with zeros. */
  bool rows(Buffer& buffer, int offset, int count, int columns, int padded);
  /** Packs a 1x1 convolution into panels. */
  bool pointwise(PackedMatrix& packed, const FoldedPointwise& convolution, const Columns& columns);
  /** Packs a depthwise 3x3, [panel][9 taps, bias][2 · lanes], from a kernel [9][total] and an optional bias. */
  bool depthwise3x3(Buffer& buffer, int kernel, int bias, int total, const Columns& columns);

  /** Packs a matrix into panels: value(row, output channel) and bias(output channel). */
  template <class Value, class Bias>
  bool matrix(PackedMatrix& packed, const MatrixShape& shape, const Value& value, const Bias& bias) {
    const auto& [kernels, rows, depth, columns] = shape;
    const int count = static_cast<int>(columns.size());
    if (!allocate(packed.weights, static_cast<size_t>(depth) * count * kernels.operand_bytes) ||
        !allocate(packed.bias, count * sizeof(float))) {
      return false;
    }
    if (only_counts()) return true;
    const PanelWriter panels = {kernels, packed.weights.data(), depth, count};
    for (int column = 0; column < count; column++) {
      if (columns[column] != kNone) packed.bias.floats()[column] = bias(columns[column]);
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < count; column++) {
        if (columns[column] != kNone) panels.set(row, column, value(row, columns[column]));
      }
    }
    return true;
  }

 private:
  const float* weights_;
  const Kernels& kernels_;
  const Kernels& float_kernels_;
  size_t bytes_ = 0;
};

}  // namespace nafnet
