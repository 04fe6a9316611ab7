#include "plan.h"

#include <algorithm>
#include <cstring>

namespace nafnet {

Columns plain_columns(int channels, int lanes) {
  Columns columns(round_up(channels, lanes), kNone);
  for (int c = 0; c < channels; c++) columns[c] = c;
  return columns;
}

Columns paired_columns(int channels, int first, int second, int lanes) {
  Columns columns;
  for (int from = 0; from < channels; from += lanes) {
    for (const int base : {first, second}) {
      for (int lane = 0; lane < lanes; lane++) columns.push_back(from + lane < channels ? base + from + lane : kNone);
    }
  }
  return columns;
}

namespace {

uint16_t to_bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);  // NaN stays one
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/** PixelShuffle's channel o · factor² + sub goes to column sub · padded + o: a run of channels for each place. */
Columns shuffled_columns(int channels, int factor, int lanes) {
  const int places = factor * factor;
  const int padded = static_cast<int>(round_up(channels, lanes));
  Columns columns(places * padded, kNone);
  for (int place = 0; place < places; place++) {
    for (int o = 0; o < channels; o++) columns[place * padded + o] = o * places + place;
  }
  return columns;
}

/** MDTA's groups: a border between vectors is one between groups where it is one between heads. */
std::vector<HeadGroup> head_groups(int channels, int heads, int lanes) {
  std::vector<HeadGroup> groups;
  const int per_head = channels / heads;
  const int vectors = static_cast<int>(divide_up(channels, lanes));
  int first = 0;
  for (int vector = 1; vector <= vectors; vector++) {
    if (vector < vectors && vector * lanes % per_head != 0) continue;
    groups.push_back({first, vector - first});
    first = vector;
  }
  return groups;
}

/** Compiles one step; every allocation is counted and may fail. */
class Compiler {
 public:
  Compiler(const float* weights, CompiledPlan& plan) : weights_(weights), plan_(plan) {}

  bool step(CompiledStep& s) {
    switch (s.step.kind) {
      case StepKind::kConvolution:
        return convolution(s);
      case StepKind::kNafBlock:
        return block(s);
      case StepKind::kDepthwise:
        return depthwise_step(s);
      case StepKind::kLayerNorm: {
        const int c = channels(s);
        return vector(s.vectors_a, c, s.padded_channels, [&](int i) { return weights_[s.step.kernel + i]; }) &&
               vector(s.vectors_b, c, s.padded_channels, [&](int i) { return weights_[s.step.bias + i]; });
      }
      case StepKind::kAdd:
        return true;
    }
    return false;
  }

 private:
  int channels(const CompiledStep& s) const { return plan_.program.maps[s.step.input].channels; }

  /** Of a plan for estimates: nothing is allocated, so nothing may be written. */
  bool only_counts() const { return weights_ == nullptr; }

  bool allocate(Buffer& buffer, size_t bytes) {
    const size_t needed = std::max<size_t>(bytes, kAlignment);
    plan_.packed_bytes += needed;
    if (only_counts()) return true;
    if (!buffer.allocate(needed)) return false;
    std::memset(buffer.data(), 0, needed);
    return true;
  }

  template <class Value>
  bool vector(Buffer& buffer, int count, int padded, Value value) {
    if (!allocate(buffer, padded * sizeof(float))) return false;
    if (only_counts()) return true;
    for (int i = 0; i < count; i++) buffer.floats()[i] = value(i);
    return true;
  }

  /** value(row, source column) and bias(source column), packed; rows beyond `rows` are 0. */
  template <class Value, class Bias>
  bool matrix(PackedMatrix& packed, const Kernels& kernels, int rows, int depth, const Columns& columns, Value value,
              Bias bias) {
    const int count = static_cast<int>(columns.size());
    if (!allocate(packed.weights, static_cast<size_t>(depth) * count * kernels.operand_bytes) ||
        !allocate(packed.bias, count * sizeof(float))) {
      return false;
    }
    if (only_counts()) return true;
    for (int column = 0; column < count; column++) {
      if (columns[column] == kNone) continue;
      packed.bias.floats()[column] = bias(columns[column]);
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < count; column++) {
        if (columns[column] == kNone) continue;
        put_packed(kernels, packed.weights.data(), depth, count, row, column, value(row, columns[column]));
      }
    }
    return true;
  }

  /** [panel][9 taps, bias][2 · lanes] from a kernel [9][total] and an optional bias. */
  bool depthwise(Buffer& buffer, int kernel, int bias, int total, const Columns& columns) {
    const int panel = 2 * plan_.kernels->lanes;
    if (!allocate(buffer, columns.size() * 10 * sizeof(float))) return false;
    if (only_counts()) return true;
    for (size_t i = 0; i < columns.size(); i++) {
      if (columns[i] == kNone) continue;
      float* to = buffer.floats() + i / panel * 10 * panel + i % panel;
      for (int tap = 0; tap < 9; tap++) to[tap * panel] = weights_[kernel + tap * total + columns[i]];
      if (bias != kNone) to[9 * panel] = weights_[bias + columns[i]];
    }
    return true;
  }

  bool convolution(CompiledStep& s) {
    const Step& step = s.step;
    const Kernels& kernels = *s.kernels;
    const int taps = step.kernel_height * step.kernel_width;
    const int cin = step.input_channels, cout = step.output_channels;
    s.tap_channels = step.input == kPicture ? cin : static_cast<int>(round_up(cin, kernels.lanes));
    s.depth = static_cast<int>(round_up(int64_t{taps} * s.tap_channels, kernels.lanes));
    const auto value = [&](int row, int column) {
      const int channel = row % s.tap_channels;
      if (row >= taps * s.tap_channels || channel >= cin) return 0.0f;
      return weights_[step.kernel + (row / s.tap_channels * static_cast<int64_t>(cin) + channel) * cout + column];
    };
    const auto bias = [&](int column) { return step.bias == kNone ? 0.0f : weights_[step.bias + column]; };
    if (step.output == kResult) {
      const int rows = static_cast<int>(round_up(cout, 4));
      if (!allocate(s.matrix.weights, static_cast<size_t>(rows) * s.depth * sizeof(float)) ||
          !vector(s.matrix.bias, cout, rows, bias)) {
        return false;
      }
      for (int o = 0; o < cout && !only_counts(); o++) {
        for (int k = 0; k < s.depth; k++)
          s.matrix.weights.floats()[static_cast<int64_t>(o) * s.depth + k] = value(k, o);
      }
      return true;
    }
    const int places = step.shuffle * step.shuffle;
    const Columns columns = shuffled_columns(cout / places, step.shuffle, kernels.lanes);
    s.vectors = static_cast<int>(columns.size()) / (places * kernels.lanes);
    return matrix(s.matrix, kernels, s.depth, s.depth, columns, value, bias);
  }

  bool depthwise_step(CompiledStep& s) {
    const Step& step = s.step;
    const int c = channels(s), taps = step.kernel_height * step.kernel_width;
    if (!allocate(s.vectors_a, size_t(taps) * s.padded_channels * sizeof(float))) return false;
    for (int tap = 0; tap < taps && !only_counts(); tap++) {
      for (int i = 0; i < c; i++)
        s.vectors_a.floats()[tap * s.padded_channels + i] = weights_[step.kernel + tap * c + i];
    }
    return vector(s.vectors_b, c, s.padded_channels,
                  [&](int i) { return step.bias == kNone ? 0.0f : weights_[step.bias + i]; });
  }

  /**
   * A 1x1 convolution of c channels to `total`, its input scaled and shifted (by LayerNorm) and its output scaled (by
   * beta or gamma): all of it folded into one matrix and one bias.
   */
  bool pointwise(PackedMatrix& packed, int c, int total, const Columns& columns, int kernel, int bias, int in_scale,
                 int in_shift, int out_scale) {
    const auto scale = [&](int column) { return out_scale == kNone ? 1.0f : weights_[out_scale + column]; };
    return matrix(
        packed, *plan_.kernels, c, static_cast<int>(round_up(c, plan_.kernels->lanes)), columns,
        [&](int row, int column) {
          const float in = in_scale == kNone ? 1.0f : weights_[in_scale + row];
          return in * weights_[kernel + static_cast<int64_t>(row) * total + column] * scale(column);
        },
        [&](int column) {
          double sum = bias == kNone ? 0.0 : weights_[bias + column];
          for (int row = 0; in_shift != kNone && row < c; row++) {
            sum += double{weights_[in_shift + row]} * weights_[kernel + static_cast<int64_t>(row) * total + column];
          }
          return static_cast<float>(sum * scale(column));
        });
  }

  bool block(CompiledStep& s) {
    const int* w = s.step.block;
    const int c = channels(s), lanes = plan_.kernels->lanes;
    const Columns plain = plain_columns(c, lanes), gate = paired_columns(c, 0, c, lanes);
    const bool done =
        pointwise(s.conv1, c, 2 * c, gate, w[kConv1Kernel], w[kConv1Bias], w[kNorm1Weight], w[kNorm1Bias], kNone) &&
        depthwise(s.depthwise, w[kConv2Kernel], w[kConv2Bias], 2 * c, gate) &&
        pointwise(s.conv3, c, c, plain, w[kConv3Kernel], w[kConv3Bias], kNone, kNone, w[kBeta]) &&
        pointwise(s.conv4, c, 2 * c, gate, w[kConv4Kernel], w[kConv4Bias], w[kNorm2Weight], w[kNorm2Bias], kNone) &&
        pointwise(s.conv5, c, c, plain, w[kConv5Kernel], w[kConv5Bias], kNone, kNone, w[kGamma]);
    if (!done) return false;
    const bool mdta = s.step.attention == Attention::kMdta;
    const int kernel = w[mdta ? kProjectOutKernel : kScaKernel], bias = w[mdta ? kProjectOutBias : kScaBias];
    if (!allocate(s.attention_kernel, size_t(c) * s.padded_channels * sizeof(float))) return false;
    for (int k = 0; k < c && !only_counts(); k++) {
      std::memcpy(s.attention_kernel.floats() + size_t(k) * s.padded_channels, weights_ + kernel + size_t(k) * c,
                  c * sizeof(float));
    }
    if (!vector(s.attention_bias, c, s.padded_channels,
                [&](int i) { return bias == kNone ? 0.0f : weights_[bias + i]; })) {
      return false;
    }
    if (!mdta) return true;
    s.groups = head_groups(c, s.step.heads, lanes);
    if (!only_counts()) s.temperature.assign(weights_ + w[kTemperature], weights_ + w[kTemperature] + s.step.heads);
    const Columns query_key = paired_columns(c, 0, c, lanes);
    Columns value = plain;
    value.resize(round_up(value.size(), 2 * lanes), kNone);
    for (int& column : value) column = column == kNone ? kNone : 2 * c + column;
    return pointwise(s.query_key, c, 3 * c, query_key, w[kQkvKernel], w[kQkvBias], kNone, kNone, kNone) &&
           pointwise(s.value, c, 3 * c, value, w[kQkvKernel], w[kQkvBias], kNone, kNone, kNone) &&
           depthwise(s.query_key_depthwise, w[kQkvDwconvKernel], w[kQkvDwconvBias], 3 * c, query_key) &&
           depthwise(s.value_depthwise, w[kQkvDwconvKernel], w[kQkvDwconvBias], 3 * c, value);
  }

  const float* weights_;
  CompiledPlan& plan_;
};

}  // namespace

void put_packed(const Kernels& kernels, char* weights, int depth, int columns, int row, int column, float value) {
  const int width = 2 * kernels.lanes;
  const int panel = column / width;
  // The last panel may be a single vector.
  const int panel_width = std::min(width, columns - panel * width);
  const int64_t panel_start = static_cast<int64_t>(panel) * width * depth;
  if (kernels.operand_bytes == sizeof(float)) {
    const int64_t at = panel_start + static_cast<int64_t>(row) * panel_width + column % width;
    reinterpret_cast<float*>(weights)[at] = value;
  } else {
    const int64_t at = panel_start + (static_cast<int64_t>(row / 2) * panel_width + column % width) * 2 + row % 2;
    reinterpret_cast<uint16_t*>(weights)[at] = to_bfloat16(value);
  }
}

bool compile(const float* weights, CompiledPlan& plan, const Kernels* float_kernels) {
  Compiler compiler(weights, plan);
  for (const Step& step : plan.program.steps) {
    CompiledStep compiled;
    compiled.step = step;
    // What reads or makes a picture is little work, and 8 bits of it do not fit into bfloat16.
    const bool exact = step.kind == StepKind::kConvolution && (step.input == kPicture || step.output == kResult);
    compiled.kernels = exact ? float_kernels : plan.kernels;
    compiled.padded_channels = static_cast<int>(round_up(plan.program.maps[step.input].channels, plan.kernels->lanes));
    if (!compiler.step(compiled)) return false;
    plan.steps.push_back(std::move(compiled));
  }
  return true;
}

}  // namespace nafnet
