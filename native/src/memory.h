/** An aligned array that may not be there: nothing throws. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

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

}  // namespace nafnet
