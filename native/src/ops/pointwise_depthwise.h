/**
 * A pass over a map that makes [LayerNorm] → 1x1 → depthwise 3x3 → epilogue: the first half of a block with its gate,
 * and MDTA's queries, keys and values.
 */
#pragma once

#include <vector>

#include "feature_map.h"
#include "packing.h"
#include "tiling.h"

namespace nafnet {

class Run;

/** The packed weights of a 1x1 convolution and the depthwise 3x3 behind it. */
struct PointwiseDepthwiseWeights {
  PackedMatrix pointwise;
  Buffer depthwise;

  /**
   * @param kernel offset of the depthwise convolution's kernel [9][columns of the pointwise kernel]
   * @param bias of its bias, or kNone
   * @return false if there is not enough memory
   */
  bool pack(Packer& packer, const FoldedPointwise& convolution, int kernel, int bias, const Columns& columns);
};

/** Panels that one item computes. */
struct PanelRange {
  Epilogue epilogue;
  const PointwiseDepthwiseWeights* weights;
  int panel, panels;
  /** Place of its sums among those of a rectangle. */
  int64_t sums;
};

/** `panels` panels cut into ranges that fit the kernel's ring. */
std::vector<PanelRange> panel_ranges(Epilogue epilogue, const PointwiseDepthwiseWeights& weights, int panels,
                                     const Kernels& kernels);

struct PointwiseDepthwisePass {
  const Kernels& kernels;
  const FeatureMap& input;
  const FeatureMap& output;
  /** Whether LayerNorm comes first; otherwise the input is operands. */
  bool normalise;
  std::vector<PanelRange> ranges;
  /** Sums of a rectangle, for all of its ranges. */
  int64_t sum_values;
  /** Whether all rows of a rectangle are prepared at once, for its further ranges. */
  bool prepare_all;
  Tiling tiling;
  /** [bands][tiles][sum_values], from `allocate_sums`: each rectangle has its own, to be added in their order. */
  double* sums = nullptr;

  /** Zeros for the sums, which the caller frees. */
  Allocation allocate_sums(Run& run);
  /** @return false if the run is to end */
  bool run(Run& run, double flops) const;

 private:
  PointwiseDepthwise arguments(const PanelRange& range, int band, int tile, int64_t phase) const;
  size_t workspace_bytes() const;
  bool run_in_memory(Run& run, double flops) const;
  bool run_in_bands(Run& run, double flops) const;
};

}  // namespace nafnet
