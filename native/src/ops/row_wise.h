/** An operation that makes each row of its output from the same row of its input, and perhaps some rows around it. */
#pragma once

#include "feature_map.h"
#include "operation.h"

namespace nafnet {

struct RowWise : Operation {
  using Operation::Operation;

  bool run(Run& run) const final;

 protected:
  /** Reads the input and the output, which are neither the picture nor the result. */
  void read_maps(ProgramReader& reader, const Program& program);
  /** Rows above and below that a row of the output needs. */
  virtual int halo() const { return 0; }
  /** Computes row y. With `add`, `output` holds what is added to. */
  virtual void compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const = 0;
};

}  // namespace nafnet
