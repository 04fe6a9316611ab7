#include "tiling.h"

#include <algorithm>

#include "memory.h"

namespace nafnet {
namespace {

/** Bytes of a rectangle's input that is prepared once for all of its panels. */
constexpr int64_t kPreparedBytes = int64_t{6} << 20;
/** The widest tile of a pointwise-depthwise pass: its ring then stays in the second-level cache. */
constexpr int kTileColumns = 320;
constexpr int kMostBandRows = 64;
/** Fewer rows would not pay: the rows above and below a band are computed again for it. */
constexpr int kLeastBandRows = 8;
/** A band that is read from the scratch file or written to it. */
constexpr int64_t kBandBytes = int64_t{8} << 20;

}  // namespace

int band_rows(int64_t row_values, int height) {
  const int64_t rows = kBandBytes / (row_values * static_cast<int64_t>(sizeof(float)));
  return static_cast<int>(std::clamp<int64_t>(rows, 1, std::min(height, kMostBandRows)));
}

int band_rows(const FeatureMap& map) { return band_rows(map.row_values(), map.height); }

Tiling tiling_of(const FeatureMap& map, int operand_bytes, bool prepare_all) {
  Tiling tiling;
  tiling.tiles = static_cast<int>(divide_up(map.width, kTileColumns));
  tiling.columns = static_cast<int>(divide_up(map.width, tiling.tiles));
  const int64_t float_row_values = static_cast<int64_t>(map.width) * map.padded_channels;
  int64_t rows = std::max<int64_t>(band_rows(float_row_values, map.height), std::min(kLeastBandRows, map.height));
  if (prepare_all) {
    const int64_t row_bytes = static_cast<int64_t>(tiling.columns + 2) *
                              (map.padded_channels * operand_bytes + 2 * static_cast<int64_t>(kAlignment));
    rows = std::min(rows, std::max<int64_t>(kPreparedBytes / row_bytes - 2, kLeastBandRows));
  }
  tiling.bands = static_cast<int>(divide_up(map.height, rows));
  tiling.rows = static_cast<int>(divide_up(map.height, tiling.bands));
  tiling.bands = static_cast<int>(divide_up(map.height, tiling.rows));
  return tiling;
}

}  // namespace nafnet
