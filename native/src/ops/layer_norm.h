/** LayerNorm2d over the channels of each pixel, by itself; in a NAFBlock it is part of other kernels. */
#pragma once

#include "memory.h"
#include "row_wise.h"

namespace nafnet {

struct LayerNorm final : RowWise {
  static constexpr int kCode = 3;

  /** Offsets into the program's weights. */
  int weight = kNone, bias = kNone;

  LayerNorm() : RowWise(kCode) {}

  void read(ProgramReader& reader, const Program& program) override;
  bool pack(Packer& packer, const Program& program) override;

 protected:
  void compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const override;

 private:
  /** [padded channels] */
  Buffer packed_weight_, packed_bias_;
};

}  // namespace nafnet
