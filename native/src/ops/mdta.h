/**
 * MDTA, multi-Dconv head transposed attention (Restormer, arXiv 2111.09881, section 3.1): attention between the
 * channels of a head, with queries and keys over all pixels.
 *
 * A pass makes q, k and v of the gated map. q and k are not stored: their products are summed to a Gram matrix, their
 * squares to the norms. Softmax and project_out, both linear in v, then become one matrix, which the next pass
 * multiplies v by.
 */
#pragma once

#include <vector>

#include "attention.h"
#include "pointwise_depthwise.h"

namespace nafnet {

class Run;

/** Vectors of channels, [first, first + count), that no head crosses the border of. */
struct HeadGroup {
  int first, count;
};

struct Mdta {
  /** Offsets into the program's weights; a bias may be kNone. */
  struct Offsets {
    int temperature, qkv_kernel, qkv_bias, qkv_dwconv_kernel, qkv_dwconv_bias;
  };

  int channels = 0, heads = 1;
  std::vector<float> temperature;
  std::vector<HeadGroup> groups;
  PointwiseDepthwiseWeights query_key, value;

  /** @return false if there is not enough memory */
  bool pack(Packer& packer, int channels, int heads, const Offsets& offsets);
  /** Makes v and project_out · attention. @return false if the run is to end */
  bool run(Run& run, const PixelAttention& attention, double flops) const;

 private:
  PointwiseDepthwisePass qkv_pass(const PixelAttention& attention) const;
  void softmax(const PointwiseDepthwisePass& pass, const PanelRange& range, const double* sums, float* scores) const;
  bool make_matrix(Run& run, const PixelAttention& attention, const PointwiseDepthwisePass& pass) const;
};

}  // namespace nafnet
