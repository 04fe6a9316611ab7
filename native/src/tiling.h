/**
 * Maps cut into bands of rows and tiles of columns. How they are cut follows from a map's size alone: a band in memory
 * and one from the scratch file are the same band, so that neither threads nor memory change a result.
 */
#pragma once

#include "feature_map.h"

namespace nafnet {

struct Tiling {
  int rows, bands, columns, tiles;

  int64_t rectangles() const { return static_cast<int64_t>(bands) * tiles; }
};

/**
 * Rectangles of a pointwise-depthwise pass, evenly cut: none is a sliver. The same for a map in float32 and in
 * bfloat16.
 *
 * @param operand_bytes bytes of a value once it is an operand
 * @param prepare_all whether all rows of a rectangle are prepared at once, which limits how many there are
 */
Tiling tiling_of(const FeatureMap& map, int operand_bytes, bool prepare_all);

/** Rows of a band that is read from the scratch file or written to it, 1 to `height`. */
int band_rows(int64_t row_values, int height);
int band_rows(const FeatureMap& map);

}  // namespace nafnet
