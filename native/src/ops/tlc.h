/**
 * TLC, the test-time local converter (arXiv 2112.04491, section 3.3): SCA with the mean of a window around each pixel
 * in place of the picture's.
 */
#pragma once

#include "attention.h"

namespace nafnet {

class Run;

struct Tlc {
  int window_height, window_width;

  /** Whether the window is smaller than the map; elsewhere TLC is SCA. */
  bool is_local(const FeatureMap& map) const {
    return window_height > 0 && (window_height < map.height || window_width < map.width);
  }
  /** Makes the windows' means and the matrix. @return false if the run is to end */
  bool run(Run& run, const PixelAttention& attention, double flops) const;

 private:
  bool local_means(Run& run, const PixelAttention& attention, double flops) const;
};

}  // namespace nafnet
