/**
 * Memory and scratch file of a run: maps, buffers, and a workspace for each thread. In a dry run the same calls only
 * count, so that an estimate is the peak to the byte.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "arena.h"
#include "feature_map.h"

namespace nafnet {

class RunMemory {
 public:
  /** Counts anew, with all maps of `spill_bytes` or more in the scratch file. */
  void start_dry(uint64_t spill_bytes);
  /** Bytes that the last dry run counted, workspaces included. */
  uint64_t bytes(int threads) const { return map_bytes() + threads * static_cast<uint64_t>(workspace_bytes()); }
  uint64_t scratch_bytes() const { return scratch_.largest(); }
  /** Hands out `bytes(threads)` bytes: the same calls now take the same places. */
  void start(char* base, int threads);

  bool dry() const { return dry_; }
  uint64_t spill_bytes() const { return spill_bytes_; }

  Allocation allocate(uint64_t bytes);
  void free(const Allocation& allocation);
  /** Gives a map its place, unless it has one. */
  void open(FeatureMap& map);
  void close(FeatureMap& map);

  /** Bytes that a kernel needs on each thread, and behind them a buffer for bands of rows. The largest need counts. */
  void need_workspace(size_t kernel_bytes, size_t band_bytes);
  Workspace& workspace(int thread) { return workspaces_[thread]; }
  float* band_buffer(int thread) { return reinterpret_cast<float*>(workspaces_[thread].bytes + kernel_bytes_); }

 private:
  uint64_t map_bytes() const { return memory_.largest(); }
  size_t workspace_bytes() const { return kernel_bytes_ + band_bytes_; }

  uint64_t spill_bytes_ = UINT64_MAX;
  Arena memory_, scratch_;
  bool dry_ = true;
  char* base_ = nullptr;
  size_t kernel_bytes_ = 0, band_bytes_ = 0;
  std::vector<Workspace> workspaces_;
};

}  // namespace nafnet
