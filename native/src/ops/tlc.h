/**
 * TLC, the test-time local converter (arXiv 2112.04491, section 3.3): SCA with the mean of a window around each pixel
 * in place of the picture's.
 */
#pragma once

#include "attention.h"

namespace nafnet {

class Run;

struct Tlc {
  const Kernels& kernels;
  int window_height, window_width;
  const FeatureMap& gated;
  /** Receives each pixel's means. */
  const FeatureMap& values;

  /**
   * @param matrix receives SCA's projection
   * @return false if the run is to end
   */
  bool run(Run& run, const AttentionProjection& projection, const RuntimeMatrix& matrix, double flops) const;

 private:
  bool local_means(Run& run, double flops) const;
};

}  // namespace nafnet
