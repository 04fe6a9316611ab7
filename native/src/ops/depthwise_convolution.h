/** A depthwise convolution of any odd size by itself, stride 1; in a NAFBlock it is part of another kernel. */
#pragma once

#include "memory.h"
#include "row_wise.h"

namespace nafnet {

struct DepthwiseConvolution final : RowWise {
  static constexpr int kCode = 2;

  int kernel_height = 0, kernel_width = 0;
  /** Offsets into the program's weights; the bias may be kNone. */
  int kernel = kNone, bias = kNone;

  DepthwiseConvolution() : RowWise(kCode) {}

  void read(ProgramReader& reader, const Program& program) override;
  bool pack(Packer& packer, const Program& program) override;

 protected:
  int halo() const override { return kernel_height / 2; }
  void compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const override;

 private:
  /** [taps][padded channels], [padded channels] */
  Buffer packed_kernel_, packed_bias_;
};

}  // namespace nafnet
