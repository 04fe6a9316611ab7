/** Programs with random weights, single operations or whole networks, and pictures for them. */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "nafnet.h"

namespace test {

/** Random numbers that are the same everywhere: splitmix64. */
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

/** Arguments of a convolution with a square kernel. */
struct ConvolutionStep {
  int input, output;
  /** Map that is added to the output, or −1. */
  int add = -1;
  int size = 1, stride = 1, padding = 0, shuffle = 1;
  bool bias = true;
};

/** Writes programs as src/graph/ProgramWriter.ts does, with random weights under which values stay of order 1. */
class ProgramBuilder {
 public:
  ProgramBuilder(int image_channels, int padding_multiple)
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
  void convolution(const ConvolutionStep& step) {
    const auto& [input, output, add, size, stride, padding, shuffle, bias] = step;
    const int cin = maps_[2 * input], cout = maps_[2 * output] * shuffle * shuffle;
    const float limit = 1 / std::sqrt(static_cast<float>(size * size * cin));
    const int kernel = weight(size * size * cin * cout, -limit, limit);
    begin({1, input, output, add, size, size, stride, padding, shuffle, cin, cout, kernel,
           bias ? weight(cout, -limit, limit) : -1});
  }
  void depthwise(int input, int output, int height, int width) {
    const int c = maps_[2 * input];
    const int kernel = weight(height * width * c, -0.3f, 0.3f);
    begin({2, input, output, height, width, c, kernel, weight(c, -0.3f, 0.3f)});
  }
  void layer_norm(int input, int output) {
    const int c = maps_[2 * input];
    const int scale = weight(c, 0.8f, 1.2f);
    begin({3, input, output, c, scale, weight(c, -0.1f, 0.1f)});
  }
  void add(int input, int output) { begin({5, input, output}); }
  void block(int map, bool mdta, int heads, int window, bool bias = true) {
    const int c = maps_[2 * map];
    const float limit = 1 / std::sqrt(static_cast<float>(c));
    begin({6, map, mdta ? 1 : 0, heads, window, window});
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
    std::vector<int32_t> all = {0x4e41464e, NAFNET_PROGRAM_VERSION, static_cast<int32_t>(maps_.size() / 2),
                                image_channels_, padding_multiple_};
    all.insert(all.end(), maps_.begin(), maps_.end());
    all.insert(all.end(), steps_.begin(), steps_.end());
    return all;
  }

  /** A program of that code, which must outlive it as this builder must; as much work in each step. */
  nafnet_program program(const std::vector<int32_t>& code) const {
    return {.code = code.data(),
            .code_length = code.size(),
            .weights = weights.data(),
            .weight_count = weights.size(),
            .flops_per_pixel = flops_per_pixel_.data(),
            .step_count = flops_per_pixel_.size()};
  }

 private:
  void begin(const std::vector<int>& values) {
    flops_per_pixel_.push_back(1);
    append(values);
  }
  void append(const std::vector<int>& values) { steps_.insert(steps_.end(), values.begin(), values.end()); }
  int weight(int count, float low, float high) {
    const int offset = static_cast<int>(weights.size());
    for (int i = 0; i < count; i++) weights.push_back(random_.uniform(low, high));
    return offset;
  }

  int image_channels_, padding_multiple_;
  Random random_;
  std::vector<int32_t> maps_, steps_;
  std::vector<double> flops_per_pixel_;
};

/** NAFNet's U, as src/graph/lowerToProgram.ts writes it. */
struct Layout {
  int width = 16;
  std::vector<int> encoders = {1, 1}, decoders = {1, 1};
  int middle = 1;
  bool mdta = false;
  int heads = 4, window = 0, image_channels = 3;
};

inline ProgramBuilder network(const Layout& layout) {
  ProgramBuilder b(layout.image_channels, 1 << layout.encoders.size());
  int c = layout.width, divisor = 1;
  int x = b.map(c, 1);
  std::vector<int> skips;
  const auto blocks = [&](int count) {
    for (int i = 0; i < count; i++) {
      const int window = layout.window == 0 ? 0 : std::max(1, layout.window / divisor);
      b.block(x, layout.mdta, layout.heads, window);
    }
  };
  b.convolution({.input = 0, .output = x, .size = 3, .padding = 1});
  for (const int count : layout.encoders) {
    blocks(count);
    skips.push_back(x);
    c *= 2;
    divisor *= 2;
    const int down = b.map(c, divisor);
    b.convolution({.input = x, .output = down, .size = 2, .stride = 2});
    x = down;
  }
  blocks(layout.middle);
  for (const int count : layout.decoders) {
    const int skip = skips.back();
    skips.pop_back();
    b.convolution({.input = x, .output = skip, .add = skip, .shuffle = 2, .bias = false});
    x = skip;
    c /= 2;
    divisor /= 2;
    blocks(count);
  }
  b.convolution({.input = x, .output = 1, .add = 0, .size = 3, .padding = 1});
  return b;
}

inline std::vector<float> picture(int width, int height, int channels, float low = 0, float high = 1) {
  Random random(static_cast<uint64_t>(width) * 1000003 + height);
  std::vector<float> values(static_cast<size_t>(width) * height * channels);
  for (float& value : values) value = random.uniform(low, high);
  return values;
}

}  // namespace test
