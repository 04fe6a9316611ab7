/** Memory that may not be there: nothing throws, and what was taken is counted. */
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "rounding.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace nafnet {

/** Vectors are read and written whole; 64 bytes are the longest vector and a cache line. */
constexpr size_t kAlignment = 64;

/** An aligned array; `data` is null if there was no memory for it. */
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t bytes) { allocate(bytes); }
  ~Buffer() { release(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  /** @return false if there is not that much memory */
  bool allocate(size_t bytes) {
    release();
    const size_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
    data_ = static_cast<char*>(::operator new(bytes, std::align_val_t{alignment}, std::nothrow));
    if (data_ == nullptr) return false;
    bytes_ = bytes;
    alignment_ = alignment;
#ifdef __linux__
    // A hint: fewer page faults and address translations on maps of many megabytes.
    if (alignment == kHugePage) madvise(data_, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    return true;
  }
  void release() {
    if (data_ != nullptr) ::operator delete(data_, std::align_val_t{alignment_});
    data_ = nullptr;
    bytes_ = 0;
  }

  char* data() const { return data_; }
  float* floats() const { return reinterpret_cast<float*>(data_); }
  double* doubles() const { return reinterpret_cast<double*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  void swap(Buffer& other) {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(alignment_, other.alignment_);
  }

  static constexpr size_t kHugePage = size_t{2} << 20;

  char* data_ = nullptr;
  size_t bytes_ = 0;
  size_t alignment_ = kAlignment;
};

/**
 * Places in one piece of memory or in a file: first fit, so that what is freed is used again and memory that the system
 * has to clear first is touched once. It only counts; the piece itself may not exist yet.
 */
class Arena {
 public:
  uint64_t take(uint64_t bytes) {
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
  void give(uint64_t offset, uint64_t bytes) {
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
  /** How large the piece has to be. */
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
