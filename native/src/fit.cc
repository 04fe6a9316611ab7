/** The dry run, and what of a picture goes to the scratch file to keep within a memory limit. */
#include <algorithm>
#include <functional>

#include "run.h"

namespace nafnet {

void Run::measure(uint64_t spill_bytes, uint64_t& memory_bytes, uint64_t& scratch_bytes) {
  memory.start_dry(spill_bytes);
  bands_ = 1;
  run_all();
  memory_bytes = plan_.packed_bytes + memory.bytes(threads_);
  scratch_bytes = memory.scratch_bytes();
}

bool Run::fit(uint64_t max_memory_bytes, bool has_scratch, uint64_t& least_bytes) {
  const uint64_t limit = max_memory_bytes == 0 ? UINT64_MAX : max_memory_bytes;
  // The largest maps are spilled first: at UINT64_MAX none is, and at the smallest map's size all are.
  std::vector<uint64_t> sizes = {UINT64_MAX};
  for (size_t i = kResult + 1; has_scratch && i < maps_.size(); i++) sizes.push_back(maps_[i].bytes());
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  least_bytes = UINT64_MAX;
  uint64_t best = UINT64_MAX;
  uint64_t memory_bytes, scratch_bytes;
  for (const uint64_t size : sizes) {
    measure(size, memory_bytes, scratch_bytes);
    if (memory_bytes <= limit) return true;
    // Bands of a small map may take more than the map.
    if (memory_bytes < least_bytes) {
      least_bytes = memory_bytes;
      best = size;
    }
  }
  measure(best, memory_bytes, scratch_bytes);
  return false;
}

}  // namespace nafnet
