/**
 * A pass over a block's map, in place: gated · attention → conv3 → + x = y → LayerNorm → conv4 → gate → conv5 → + y.
 * The projection of the block's first half, and its second, the feed-forward network.
 */
#pragma once

#include "attention.h"
#include "feature_map.h"
#include "packing.h"

namespace nafnet {

class Run;

/** The block's convolutions, with the LayerNorm before and beta or gamma behind them folded in. */
struct ProjectFfnWeights {
  PackedMatrix conv3, conv4, conv5;
};

struct ProjectFfnPass {
  const Kernels& kernels;
  const ProjectFfnWeights& weights;
  const FeatureMap& x;
  const FeatureMap& gated;
  /** Values of each pixel that the attention matrix is applied to, for MDTA and TLC; null for SCA. */
  const FeatureMap* values;
  /** The attention matrix; null for SCA. */
  const RuntimeMatrix* attention;
  /** SCA's factors of the channels of `gated`. */
  const float* scale;

  /** @return false if the run is to end */
  bool run(Run& run, double flops) const;

 private:
  ProjectFfn arguments() const;
  bool run_in_memory(Run& run, double flops) const;
  bool run_in_bands(Run& run, int rows, double flops) const;
};

}  // namespace nafnet
