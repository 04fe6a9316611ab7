/** output += input */
#pragma once

#include "row_wise.h"

namespace nafnet {

struct Add final : RowWise {
  static constexpr int kCode = 5;

  Add() : RowWise(kCode) {}

  void read(ProgramReader& reader, const Program& program) override;
  bool pack(Packer& packer, const Program& program) override;

 protected:
  void compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const override;
};

}  // namespace nafnet
