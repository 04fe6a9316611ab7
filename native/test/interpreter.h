/** Programs in double precision, step by step, as the definitions read: what the engine is held to. */
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ops/add.h"
#include "ops/convolution.h"
#include "ops/depthwise_convolution.h"
#include "ops/layer_norm.h"
#include "ops/naf_block.h"
#include "check.h"
#include "program_builder.h"
#include "program.h"

namespace test {

struct Tensor {
  int height = 0, width = 0, channels = 0;
  std::vector<double> data;

  Tensor() = default;
  Tensor(int h, int w, int c) : height(h), width(w), channels(c), data(static_cast<size_t>(h) * w * c) {}
  double& at(int y, int x, int c) { return data[(static_cast<size_t>(y) * width + x) * channels + c]; }
  double get(int y, int x, int c) const {
    if (y < 0 || y >= height || x < 0 || x >= width) return 0;
    return data[(static_cast<size_t>(y) * width + x) * channels + c];
  }
};

class Interpreter {
 public:
  /** @param times how often each column counts in sums over the picture, which then stands for a wider one */
  explicit Interpreter(const ProgramBuilder& builder, std::vector<int> times = {})
      : w_(builder.weights), times_(std::move(times)) {
    const std::vector<int32_t> code = builder.code();
    check(nafnet::read_program(builder.program(code), program_).empty(), "the program is valid");
  }

  std::vector<double> run(const std::vector<float>& picture, int width, int height) {
    const int m = program_.padding_multiple, c = program_.image_channels;
    std::vector<Tensor> maps;
    const int padded_height = (height + m - 1) / m * m, padded_width = (width + m - 1) / m * m;
    for (const auto& shape : program_.maps) {
      maps.emplace_back(padded_height / shape.divisor, padded_width / shape.divisor, shape.channels);
    }
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < c; i++) maps[0].at(y, x, i) = picture[(static_cast<size_t>(y) * width + x) * c + i];
      }
    }
    for (const auto& s : program_.steps) step(*s, maps);
    std::vector<double> result;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < c; i++) result.push_back(maps[1].at(y, x, i));
      }
    }
    return result;
  }

 private:
  double weight(int offset, size_t i) const { return offset < 0 ? 0.0 : w_[offset + i]; }

  /** A kernel [height][width][input channels][output channels]; `kernel` and `bias` are offsets into the weights. */
  struct Kernel {
    int height, width, stride, padding, output_channels, kernel, bias;
  };

  Tensor convolve(const Tensor& in, int out_height, int out_width, const Kernel& k) const {
    Tensor out(out_height, out_width, k.output_channels);
    for (int y = 0; y < out_height; y++) {
      for (int x = 0; x < out_width; x++) {
        for (int o = 0; o < k.output_channels; o++) {
          double sum = weight(k.bias, o);
          for (int i = 0; i < k.height; i++) {
            for (int j = 0; j < k.width; j++) {
              const int row = y * k.stride + i - k.padding, column = x * k.stride + j - k.padding;
              const size_t tap = static_cast<size_t>(i * k.width + j) * in.channels;
              for (int c = 0; c < in.channels; c++) {
                sum += in.get(row, column, c) * weight(k.kernel, (tap + c) * k.output_channels + o);
              }
            }
          }
          out.at(y, x, o) = sum;
        }
      }
    }
    return out;
  }
  Tensor pointwise(const Tensor& in, int cout, int kernel, int bias) const {
    return convolve(in, in.height, in.width, {1, 1, 1, 0, cout, kernel, bias});
  }
  Tensor depthwise(const Tensor& in, int kh, int kw, int kernel, int bias) const {
    Tensor out(in.height, in.width, in.channels);
    for (int y = 0; y < in.height; y++) {
      for (int x = 0; x < in.width; x++) {
        for (int c = 0; c < in.channels; c++) {
          double sum = weight(bias, c);
          for (int i = 0; i < kh; i++) {
            for (int j = 0; j < kw; j++) {
              sum += in.get(y + i - kh / 2, x + j - kw / 2, c) * weight(kernel, (i * kw + j) * in.channels + c);
            }
          }
          out.at(y, x, c) = sum;
        }
      }
    }
    return out;
  }
  Tensor layer_norm(const Tensor& in, int scale, int bias) const {
    Tensor out(in.height, in.width, in.channels);
    for (size_t p = 0; p < in.data.size(); p += in.channels) {
      double mean = 0, variance = 0;
      for (int c = 0; c < in.channels; c++) mean += in.data[p + c] / in.channels;
      for (int c = 0; c < in.channels; c++) variance += (in.data[p + c] - mean) * (in.data[p + c] - mean) / in.channels;
      for (int c = 0; c < in.channels; c++) {
        out.data[p + c] = (in.data[p + c] - mean) / std::sqrt(variance + 1e-6) * weight(scale, c) + weight(bias, c);
      }
    }
    return out;
  }
  static Tensor gate(const Tensor& in) {
    Tensor out(in.height, in.width, in.channels / 2);
    for (int y = 0; y < in.height; y++) {
      for (int x = 0; x < in.width; x++) {
        for (int c = 0; c < out.channels; c++) out.at(y, x, c) = in.get(y, x, c) * in.get(y, x, out.channels + c);
      }
    }
    return out;
  }
  static Tensor shuffle(const Tensor& in, int f) {
    Tensor out(in.height * f, in.width * f, in.channels / (f * f));
    for (int y = 0; y < out.height; y++) {
      for (int x = 0; x < out.width; x++) {
        for (int c = 0; c < out.channels; c++) {
          out.at(y, x, c) = in.get(y / f, x / f, c * f * f + y % f * f + x % f);
        }
      }
    }
    return out;
  }
  /** The sum over the picture of one channel times another. */
  double sum_of_products(const Tensor& in, int a, int b) const {
    double sum = 0;
    for (int x = 0; x < in.width; x++) {
      double column = 0;
      for (int y = 0; y < in.height; y++) column += in.get(y, x, a) * in.get(y, x, b);
      sum += column * (times_.empty() ? 1 : times_[x]);
    }
    return sum;
  }
  /** The mean over the picture, at each pixel. */
  Tensor mean(const Tensor& in) const {
    Tensor ones(in.height, in.width, in.channels + 1);
    for (int y = 0; y < in.height; y++) {
      for (int x = 0; x < in.width; x++) {
        for (int c = 0; c < in.channels; c++) ones.at(y, x, c) = in.get(y, x, c);
        ones.at(y, x, in.channels) = 1;
      }
    }
    const double pixels = sum_of_products(ones, in.channels, in.channels);
    Tensor out(in.height, in.width, in.channels);
    for (int c = 0; c < in.channels; c++) {
      const double value = sum_of_products(ones, c, in.channels) / pixels;
      for (size_t p = c; p < out.data.size(); p += in.channels) out.data[p] = value;
    }
    return out;
  }
  /** The mean over a window round each pixel, as local_arch.py has it: valid windows, borders replicated. */
  static Tensor local_mean(const Tensor& in, int window_height, int window_width) {
    const int kh = std::min(window_height, in.height), kw = std::min(window_width, in.width);
    const int rows = in.height - kh + 1, columns = in.width - kw + 1;
    const int top = (in.height - rows) / 2, left = (in.width - columns) / 2;
    Tensor out(in.height, in.width, in.channels);
    for (int y = 0; y < in.height; y++) {
      for (int x = 0; x < in.width; x++) {
        const int y0 = std::clamp(y - top, 0, rows - 1), x0 = std::clamp(x - left, 0, columns - 1);
        for (int c = 0; c < in.channels; c++) {
          double sum = 0;
          for (int i = 0; i < kh; i++) {
            for (int j = 0; j < kw; j++) sum += in.get(y0 + i, x0 + j, c);
          }
          out.at(y, x, c) = sum / (static_cast<double>(kh) * kw);
        }
      }
    }
    return out;
  }

  Tensor attention(const nafnet::NafBlock& s, const Tensor& t) const {
    const int* b = s.weights;
    const int c = t.channels;
    if (s.attention == nafnet::Attention::kSca) {
      return pointwise(s.window_height == 0 ? mean(t) : local_mean(t, s.window_height, s.window_width), c,
                       b[nafnet::kScaKernel], b[nafnet::kScaBias]);
    }
    const Tensor qkv = depthwise(pointwise(t, 3 * c, b[nafnet::kQkvKernel], b[nafnet::kQkvBias]), 3, 3,
                                 b[nafnet::kQkvDwconvKernel], b[nafnet::kQkvDwconvBias]);
    const int per_head = c / s.heads;
    Tensor mixed(t.height, t.width, c);
    const auto norm = [&](int channel) { return std::max(std::sqrt(sum_of_products(qkv, channel, channel)), 1e-12); };
    for (int i = 0; i < c; i++) {
      const int head = i / per_head;
      std::vector<double> row(per_head);
      double total = 0;
      for (int j = 0; j < per_head; j++) {
        const int key = c + head * per_head + j;
        row[j] = std::exp(sum_of_products(qkv, i, key) / (norm(i) * norm(key)) * weight(b[nafnet::kTemperature], head));
        total += row[j];
      }
      for (int y = 0; y < t.height; y++) {
        for (int x = 0; x < t.width; x++) {
          for (int j = 0; j < per_head; j++) {
            mixed.at(y, x, i) += row[j] / total * qkv.get(y, x, 2 * c + head * per_head + j);
          }
        }
      }
    }
    return pointwise(mixed, c, b[nafnet::kProjectOutKernel], b[nafnet::kProjectOutBias]);
  }

  void block(const nafnet::NafBlock& s, Tensor& x) const {
    const int* b = s.weights;
    const int c = x.channels;
    Tensor t = layer_norm(x, b[nafnet::kNorm1Weight], b[nafnet::kNorm1Bias]);
    t = pointwise(t, 2 * c, b[nafnet::kConv1Kernel], b[nafnet::kConv1Bias]);
    t = gate(depthwise(t, 3, 3, b[nafnet::kConv2Kernel], b[nafnet::kConv2Bias]));
    const Tensor a = attention(s, t);
    for (size_t i = 0; i < t.data.size(); i++) t.data[i] *= a.data[i];
    t = pointwise(t, c, b[nafnet::kConv3Kernel], b[nafnet::kConv3Bias]);
    for (size_t i = 0; i < x.data.size(); i++) x.data[i] += t.data[i] * weight(b[nafnet::kBeta], i % c);
    t = layer_norm(x, b[nafnet::kNorm2Weight], b[nafnet::kNorm2Bias]);
    t = gate(pointwise(t, 2 * c, b[nafnet::kConv4Kernel], b[nafnet::kConv4Bias]));
    t = pointwise(t, c, b[nafnet::kConv5Kernel], b[nafnet::kConv5Bias]);
    for (size_t i = 0; i < x.data.size(); i++) x.data[i] += t.data[i] * weight(b[nafnet::kGamma], i % c);
  }

  void step(const nafnet::Operation& s, std::vector<Tensor>& maps) const {
    const Tensor& in = maps[s.input];
    Tensor& out = maps[s.output];
    switch (s.code) {
      case nafnet::Convolution::kCode: {
        const auto& c = static_cast<const nafnet::Convolution&>(s);
        const Kernel kernel = {c.kernel_height,   c.kernel_width, c.stride, c.padding,
                               c.output_channels, c.kernel,       c.bias};
        Tensor result = convolve(in, out.height / c.shuffle, out.width / c.shuffle, kernel);
        result = shuffle(result, c.shuffle);
        for (size_t i = 0; c.add >= 0 && i < result.data.size(); i++) result.data[i] += maps[c.add].data[i];
        out = result;
        break;
      }
      case nafnet::DepthwiseConvolution::kCode: {
        const auto& d = static_cast<const nafnet::DepthwiseConvolution&>(s);
        out = depthwise(in, d.kernel_height, d.kernel_width, d.kernel, d.bias);
        break;
      }
      case nafnet::LayerNorm::kCode: {
        const auto& l = static_cast<const nafnet::LayerNorm&>(s);
        out = layer_norm(in, l.weight, l.bias);
        break;
      }
      case nafnet::Add::kCode:
        for (size_t i = 0; i < in.data.size(); i++) out.data[i] += in.data[i];
        break;
      case nafnet::NafBlock::kCode:
        block(static_cast<const nafnet::NafBlock&>(s), out);
        break;
      default:
        check(false, "the interpreter knows the operation " + std::to_string(s.code));
    }
  }

  const std::vector<float>& w_;
  std::vector<int> times_;
  nafnet::Program program_;
};

}  // namespace test
