/** What the engine's tests share: a runner, programs with random weights, plans that are run with guards round them. */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../src/program.h"
#include "nafnet.h"

namespace test {

/** Sanitizers, which have the small kernels, are slow: fewer sizes, shapes and limits there. */
#ifdef NAFNET_SMALL_KERNELS
constexpr bool kThorough = false;
#else
constexpr bool kThorough = true;
#endif

// ---- Runner
// ----------------------------------------------------------------------------------------------------------

struct Results {
  int passed = 0, failed = 0;
};

inline Results& results() {
  static Results all;
  return all;
}

/** Counts one check and prints it if it fails. */
inline bool check(bool holds, const std::string& what) {
  if (holds) {
    results().passed++;
  } else {
    results().failed++;
    std::printf("FAILED %s\n", what.c_str());
  }
  return holds;
}

/** Prints the closing line; the process's exit code. */
inline int finish() {
  std::printf("%d passed, %d failed\n", results().passed, results().failed);
  return results().failed == 0 && results().passed > 0 ? 0 : 1;
}

/** The instruction sets to test: all that there are, or the one in NAFNET_ISA. */
inline std::vector<std::string> isas() {
  const char* forced = std::getenv("NAFNET_ISA");
  if (forced != nullptr && *forced != '\0') return {forced};
  std::vector<std::string> names(1);
  for (const char* c = nafnet_isas(); *c != '\0'; c++) {
    if (*c == ',') {
      names.emplace_back();
    } else {
      names.back() += *c;
    }
  }
  return names;
}

// ---- Programs
// --------------------------------------------------------------------------------------------------------

/** The same numbers everywhere: splitmix64. */
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  float uniform(float low, float high) {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return low + (high - low) * static_cast<float>(z >> 40) / static_cast<float>(1 << 24);
  }

 private:
  uint64_t state_;
};

/** Writes programs as src/engine/fused/Program.ts does, with random weights under which values stay of order 1. */
class Builder {
 public:
  Builder(int image_channels, int padding_multiple)
      : image_channels_(image_channels), padding_multiple_(padding_multiple), random_(1) {
    map(image_channels, 1);
    map(image_channels, 1);
  }

  std::vector<float> weights;

  int map(int channels, int divisor) {
    maps_.push_back(channels);
    maps_.push_back(divisor);
    return static_cast<int>(maps_.size()) / 2 - 1;
  }
  void convolution(int input, int output, int add, int size, int stride, int padding, int shuffle, bool bias = true) {
    const int cin = maps_[2 * input], cout = maps_[2 * output] * shuffle * shuffle;
    const float limit = 1 / std::sqrt(static_cast<float>(size * size * cin));
    const int kernel = weight(size * size * cin * cout, -limit, limit);
    append({1, input, output, add, size, size, stride, padding, shuffle, cin, cout, kernel,
            bias ? weight(cout, -limit, limit) : -1});
  }
  void depthwise(int input, int output, int height, int width) {
    const int c = maps_[2 * input];
    const int kernel = weight(height * width * c, -0.3f, 0.3f);
    append({2, input, output, height, width, c, kernel, weight(c, -0.3f, 0.3f)});
  }
  void layer_norm(int input, int output) {
    const int c = maps_[2 * input];
    const int scale = weight(c, 0.8f, 1.2f);
    append({3, input, output, c, scale, weight(c, -0.1f, 0.1f)});
  }
  void add(int input, int output) { append({5, input, output}); }
  void block(int map, bool mdta, int heads, int window, bool bias = true) {
    const int c = maps_[2 * map];
    const float limit = 1 / std::sqrt(static_cast<float>(c));
    append({6, map, mdta ? 1 : 0, heads, window, window});
    const auto put = [&](int count, float low, float high) { append({weight(count, low, high)}); };
    const auto pointwise = [&](int cout) {
      put(c * cout, -limit, limit);
      put(cout, -limit, limit);
    };
    const auto norm = [&] {
      put(c, 0.8f, 1.2f);
      put(c, -0.1f, 0.1f);
    };
    norm();
    pointwise(2 * c);
    put(9 * 2 * c, -0.3f, 0.3f);
    put(2 * c, -0.3f, 0.3f);
    pointwise(c);
    norm();
    pointwise(2 * c);
    pointwise(c);
    put(c, -0.4f, 0.4f);
    put(c, -0.4f, 0.4f);
    if (!mdta) {
      pointwise(c);
      append({-1, -1, -1, -1, -1, -1, -1});
      return;
    }
    append({-1, -1});
    put(heads, 0.8f, 1.2f);
    const auto optional = [&](int count, float l) { append({bias ? weight(count, -l, l) : -1}); };
    put(c * 3 * c, -limit, limit);
    optional(3 * c, limit);
    put(9 * 3 * c, -0.3f, 0.3f);
    optional(3 * c, 0.3f);
    put(c * c, -limit, limit);
    optional(c, limit);
  }

  std::vector<int32_t> code() const {
    std::vector<int32_t> all = {0x4e41464e, NAFNET_ABI_VERSION, static_cast<int32_t>(maps_.size() / 2), image_channels_,
                                padding_multiple_};
    all.insert(all.end(), maps_.begin(), maps_.end());
    all.insert(all.end(), steps_.begin(), steps_.end());
    return all;
  }

 private:
  void append(const std::vector<int>& values) { steps_.insert(steps_.end(), values.begin(), values.end()); }
  int weight(int count, float low, float high) {
    const int offset = static_cast<int>(weights.size());
    for (int i = 0; i < count; i++) weights.push_back(random_.uniform(low, high));
    return offset;
  }

  int image_channels_, padding_multiple_;
  Random random_;
  std::vector<int32_t> maps_, steps_;
};

/** NAFNet's U, as src/models/nafnet/program.ts writes it. */
struct Layout {
  int width = 16;
  std::vector<int> encoders = {1, 1}, decoders = {1, 1};
  int middle = 1;
  bool mdta = false;
  int heads = 4, window = 0, image_channels = 3;
};

inline Builder network(const Layout& layout) {
  Builder b(layout.image_channels, 1 << layout.encoders.size());
  int c = layout.width, divisor = 1;
  int x = b.map(c, 1);
  std::vector<int> skips;
  const auto blocks = [&](int count) {
    for (int i = 0; i < count; i++) {
      const int window = layout.window == 0 ? 0 : std::max(1, layout.window / divisor);
      b.block(x, layout.mdta, layout.heads, window);
    }
  };
  b.convolution(0, x, -1, 3, 1, 1, 1);
  for (const int count : layout.encoders) {
    blocks(count);
    skips.push_back(x);
    c *= 2;
    divisor *= 2;
    const int down = b.map(c, divisor);
    b.convolution(x, down, -1, 2, 2, 0, 1);
    x = down;
  }
  blocks(layout.middle);
  for (const int count : layout.decoders) {
    const int skip = skips.back();
    skips.pop_back();
    b.convolution(x, skip, skip, 1, 1, 0, 2, false);
    x = skip;
    c /= 2;
    divisor /= 2;
    blocks(count);
  }
  b.convolution(x, 1, 0, 3, 1, 1, 1);
  return b;
}

inline std::vector<float> picture(int width, int height, int channels, float low = 0, float high = 1) {
  Random random(static_cast<uint64_t>(width) * 1000003 + height);
  std::vector<float> values(static_cast<size_t>(width) * height * channels);
  for (float& value : values) value = random.uniform(low, high);
  return values;
}

// ---- Running
// ---------------------------------------------------------------------------------------------------------

/** A scratch file that is memory. */
struct MemoryScratch {
  std::vector<char> bytes;
  bool fail = false;
  nafnet_scratch scratch;

  explicit MemoryScratch(size_t size) : bytes(size) {
    scratch.user = this;
    scratch.read = [](void* user, uint64_t offset, void* to, size_t count) -> int32_t {
      auto& self = *static_cast<MemoryScratch*>(user);
      if (self.fail || offset + count > self.bytes.size()) return 1;
      std::memcpy(to, self.bytes.data() + offset, count);
      return 0;
    };
    scratch.write = [](void* user, uint64_t offset, const void* from, size_t count) -> int32_t {
      auto& self = *static_cast<MemoryScratch*>(user);
      if (self.fail || offset + count > self.bytes.size()) return 1;
      std::memcpy(self.bytes.data() + offset, from, count);
      return 0;
    };
  }
};

/** A plan and a pool, freed at the end. */
class Engine {
 public:
  Engine(const Builder& builder, const std::string& isa, nafnet_precision precision = NAFNET_FLOAT32) {
    const std::vector<int32_t> code = builder.code();
    char error[256] = "";
    status = nafnet_plan_create(code.data(), code.size(), builder.weights.data(), builder.weights.size(), isa.c_str(),
                                precision, &plan, error, sizeof(error));
    message = error;
  }
  ~Engine() { nafnet_plan_destroy(plan); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /** The output with guard values round it, which are checked. */
  std::vector<float> run(const std::vector<float>& input, int width, int height, int threads = 1,
                         uint64_t max_memory_bytes = 0, const nafnet_scratch* scratch = nullptr) {
    constexpr size_t kGuard = 64;
    constexpr float kGuardValue = -12345.0f;
    std::vector<float> guarded(input.size() + 2 * kGuard, kGuardValue);
    nafnet_pool* pool = nafnet_pool_create(threads);
    nafnet_run_args args = {};
    args.input = input.data();
    args.output = guarded.data() + kGuard;
    args.width = width;
    args.height = height;
    args.pool = pool;
    args.max_memory_bytes = max_memory_bytes;
    args.scratch = scratch;
    args.abort_flag = &abort;
    args.user = this;
    args.progress = [](void* user, double fraction) {
      auto& self = *static_cast<Engine*>(user);
      self.monotone = self.monotone && fraction >= self.fraction && fraction <= 1;
      self.fraction = fraction;
      if (fraction >= self.abort_at) self.abort = 1;
    };
    fraction = 0;
    monotone = true;
    abort = 0;
    char error[256] = "";
    status = nafnet_plan_run(plan, &args, &report, error, sizeof(error));
    message = error;
    nafnet_pool_destroy(pool);
    bool intact = true;
    for (size_t i = 0; i < kGuard; i++) {
      intact = intact && guarded[i] == kGuardValue && guarded[guarded.size() - 1 - i] == kGuardValue;
    }
    check(intact, "nothing is written beside the output");
    return std::vector<float>(guarded.begin() + kGuard, guarded.end() - kGuard);
  }

  nafnet_plan* plan = nullptr;
  nafnet_status status;
  std::string message;
  nafnet_report report = {};
  double fraction = 0, abort_at = 2;
  bool monotone = true;
  volatile int32_t abort = 0;
};

inline double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(a.size(), b.size()); i++) {
    const double difference = std::fabs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Whether two results have the same bits. */
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace test
