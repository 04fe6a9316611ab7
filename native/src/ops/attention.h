/** Parts that the attentions of a block share: the 1x1 convolution they end with, and a matrix made once a picture. */
#pragma once

#include "feature_map.h"
#include "packing.h"

namespace nafnet {

class Run;

/** SCA's 1x1 convolution or MDTA's project_out, not in panels: kernel [channels][padded channels], bias. */
struct AttentionProjection {
  Buffer kernel, bias;
  int channels = 0, padded_channels = 0;

  /**
   * @param kernel_offset offset of the kernel [channels][channels] in the program's weights
   * @param bias_offset of the bias, or kNone
   * @return false if there is not enough memory
   */
  bool pack(Packer& packer, int channels, int kernel_offset, int bias_offset);
  const float* row(int channel) const { return kernel.floats() + static_cast<int64_t>(channel) * padded_channels; }
};

/** A square matrix in panels that is made once a picture, as operands of the products with each pixel's values. */
struct RuntimeMatrix {
  Allocation weights, bias;

  static RuntimeMatrix allocate(Run& run, const Kernels& kernels, int padded_channels);
  void free(Run& run) const;
  PackedWeights view() const { return {weights.data, bias.floats()}; }
  /** Makes it zeros, with the projection's bias. */
  void reset(const AttentionProjection& projection) const;
  void set_row(const Kernels& kernels, int row, const float* values, int padded_channels) const;
};

/** Attention that differs from pixel to pixel, TLC's and MDTA's: a matrix times each pixel's values. */
struct PixelAttention {
  const Kernels& kernels;
  const FeatureMap& gated;
  const AttentionProjection& projection;
  /** Receives the values. */
  const FeatureMap& values;
  /** Receives the matrix, which has the projection in it. */
  const RuntimeMatrix& matrix;
};

}  // namespace nafnet
