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
  /** Attention as a matrix of values for each pixel, for MDTA and TLC; otherwise null, … */
  const FeatureMap* values;
  const RuntimeMatrix* attention;
  /** … and attention is a factor for each channel. */
  const float* scale;

  /** @return false if the run is to end */
  bool run(Run& run, double flops) const;

 private:
  ProjectFfn arguments() const;
  bool run_in_memory(Run& run, double flops) const;
  bool run_in_bands(Run& run, int rows, double flops) const;
};

}  // namespace nafnet
