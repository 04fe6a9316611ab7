/** Allocation by counting: offsets into a block that may not exist yet. */
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory.h"
#include "rounding.h"

namespace nafnet {

/**
 * Offsets into one block of memory or one file: first fit, so that what is freed is used again and memory that the
 * system has to clear first is touched once. It only counts; the block itself may not exist yet.
 */
class Arena {
 public:
  uint64_t allocate(uint64_t bytes) {
    bytes = round_up(static_cast<int64_t>(bytes), kAlignment);
    for (size_t i = 0; i < holes_.size(); i++) {
      if (holes_[i].bytes < bytes) continue;
      const uint64_t offset = holes_[i].offset;
      holes_[i].offset += bytes;
      holes_[i].bytes -= bytes;
      if (holes_[i].bytes == 0) holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
      return offset;
    }
    const uint64_t offset = end_;
    end_ += bytes;
    largest_ = std::max(largest_, end_);
    return offset;
  }
  void free(uint64_t offset, uint64_t bytes) {
    bytes = round_up(static_cast<int64_t>(bytes), kAlignment);
    size_t i = 0;
    while (i < holes_.size() && holes_[i].offset < offset) i++;
    holes_.insert(holes_.begin() + static_cast<ptrdiff_t>(i), {offset, bytes});
    if (i + 1 < holes_.size() && holes_[i].offset + holes_[i].bytes == holes_[i + 1].offset) merge(i);
    if (i > 0 && holes_[i - 1].offset + holes_[i - 1].bytes == holes_[i].offset) merge(i - 1);
    if (!holes_.empty() && holes_.back().offset + holes_.back().bytes == end_) {
      end_ = holes_.back().offset;
      holes_.pop_back();
    }
  }
  /** Bytes that the memory or file has to have. */
  uint64_t largest() const { return largest_; }

 private:
  struct Hole {
    uint64_t offset, bytes;
  };

  void merge(size_t i) {
    holes_[i].bytes += holes_[i + 1].bytes;
    holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i) + 1);
  }

  std::vector<Hole> holes_;
  uint64_t end_ = 0, largest_ = 0;
};

}  // namespace nafnet
