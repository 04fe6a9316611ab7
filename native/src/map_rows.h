/** Rows of maps: those in memory where they are, those in the scratch file by way of a thread's band buffer. */
#pragma once

#include <atomic>

#include "feature_map.h"
#include "nafnet.h"

namespace nafnet {

class MapRows {
 public:
  /** @param scratch null where no map is in a scratch file */
  explicit MapRows(const nafnet_scratch* scratch) : scratch_(scratch) {}

  /**
   * Rows [from, to) of a map; of one in the scratch file, read into `band`, which is moved on.
   *
   * @return false if the scratch file failed
   */
  bool read(const FeatureMap& map, int from, int to, float*& band, Rows& rows);
  /** Rows [from, to) to be written; of a map in the scratch file, at `band`, which is moved on. */
  Rows writable(const FeatureMap& map, int from, int to, float*& band) const;
  /** Writes rows that `writable` or `read` gave back to the scratch file, if the map is there. */
  bool write(const FeatureMap& map, int from, int to, const Rows& rows);

  bool failed() const { return failed_; }

 private:
  const nafnet_scratch* scratch_;
  std::atomic<bool> failed_{false};
};

}  // namespace nafnet
