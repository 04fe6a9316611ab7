#include "run_memory.h"

#include <algorithm>

namespace nafnet {

void RunMemory::start_dry(uint64_t spill_bytes) {
  spill_bytes_ = spill_bytes;
  memory_ = scratch_ = Arena();
  dry_ = true;
  kernel_bytes_ = band_bytes_ = 0;
}

void RunMemory::start(char* base, int threads) {
  workspaces_.clear();
  for (int i = 0; i < threads; i++) workspaces_.push_back({base + map_bytes() + workspace_bytes() * i, -1});
  memory_ = scratch_ = Arena();
  dry_ = false;
  base_ = base;
}

Allocation RunMemory::allocate(uint64_t bytes) {
  Allocation allocation;
  allocation.offset = memory_.allocate(bytes);
  allocation.bytes = bytes;
  if (!dry()) allocation.data = base_ + allocation.offset;
  return allocation;
}

void RunMemory::free(const Allocation& allocation) { memory_.free(allocation.offset, allocation.bytes); }

void RunMemory::open(FeatureMap& map) {
  if (map.live) return;
  map.live = true;
  map.spilled = map.bytes() >= spill_bytes_;
  if (map.spilled) {
    map.allocation = {nullptr, scratch_.allocate(map.bytes()), map.bytes()};
  } else {
    map.allocation = allocate(map.bytes());
  }
}

void RunMemory::close(FeatureMap& map) {
  if (!map.live) return;
  map.live = false;
  if (map.spilled) {
    scratch_.free(map.allocation.offset, map.allocation.bytes);
  } else {
    free(map.allocation);
  }
}

void RunMemory::need_workspace(size_t kernel_bytes, size_t band_bytes) {
  kernel_bytes_ = std::max<size_t>(kernel_bytes_, round_up(kernel_bytes, kAlignment));
  band_bytes_ = std::max<size_t>(band_bytes_, round_up(band_bytes, kAlignment));
}

}  // namespace nafnet
