#include "map_rows.h"

namespace nafnet {
namespace {

/** A range of rows of a map in the scratch file. */
struct Range {
  uint64_t offset;
  size_t bytes;

  Range(const FeatureMap& map, int from, int to)
      : offset(map.allocation.offset + static_cast<uint64_t>(from) * map.row_values() * sizeof(float)),
        bytes(static_cast<size_t>(to - from) * map.row_values() * sizeof(float)) {}
};

}  // namespace

bool MapRows::read(const FeatureMap& map, int from, int to, float*& band, Rows& rows) {
  rows = writable(map, from, to, band);
  if (!map.spilled) return true;
  const Range range(map, from, to);
  if (scratch_->read(scratch_->user, range.offset, rows.base, range.bytes) != 0) failed_ = true;
  return !failed_;
}

Rows MapRows::writable(const FeatureMap& map, int from, int to, float*& band) const {
  if (!map.spilled) return map.rows();
  const Rows rows = {band, map.row_values(), from};
  band += static_cast<int64_t>(to - from) * map.row_values();
  return rows;
}

bool MapRows::write(const FeatureMap& map, int from, int to, const Rows& rows) {
  if (!map.spilled) return true;
  const Range range(map, from, to);
  if (scratch_->write(scratch_->user, range.offset, rows.at(from), range.bytes) != 0) failed_ = true;
  return !failed_;
}

}  // namespace nafnet
