/** The values of a program one after another, each checked. After the first that is wrong, `error` tells. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "program.h"

namespace nafnet {

/** Keep every product of sizes far inside 64 bits; no network comes near them. */
constexpr int kMaxChannels = 1 << 16;
constexpr int kMaxKernel = 64;

class ProgramReader {
 public:
  ProgramReader(const int32_t* code, size_t length, size_t weight_count)
      : code_(code), length_(length), weight_count_(static_cast<int64_t>(weight_count)) {}

  bool at_end() const { return position_ == length_ || failed(); }
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }

  void fail(const std::string& what) {
    if (error_.empty()) error_ = what + " (program value " + std::to_string(position_) + ")";
  }
  void expect(bool holds, const char* what) {
    if (!holds) fail(std::string("Expected ") + what);
  }
  int next(const char* name, int least, int most) {
    if (position_ == length_) {
      fail(std::string("The program ends before ") + name);
      return least;
    }
    const int value = code_[position_++];
    if (value < least || value > most) {
      fail("Expected " + std::to_string(least) + " to " + std::to_string(most) + " for " + name + " but received " +
           std::to_string(value));
      return least;
    }
    return value;
  }
  /** A map's number, from `least` on. */
  int map(const char* name, int least, const Program& program) {
    return next(name, least, static_cast<int>(program.maps.size()) - 1);
  }
  /** Offset at which a weight's `count` values begin. */
  int weight(const char* name, int64_t count, bool optional = false) {
    const int offset = next(name, kNone, INT32_MAX);
    if (offset == kNone) {
      if (!optional) fail(std::string("Expected a weight for ") + name);
    } else if (count > weight_count_ || offset > weight_count_ - count) {
      fail(std::string("Expected ") + std::to_string(count) + " values for " + name + " but the weights end before");
    }
    return offset;
  }

 private:
  const int32_t* code_;
  size_t length_;
  int64_t weight_count_;
  size_t position_ = 0;
  std::string error_;
};

inline bool same_shape(const MapShape& a, const MapShape& b) {
  return a.channels == b.channels && a.divisor == b.divisor;
}

}  // namespace nafnet
