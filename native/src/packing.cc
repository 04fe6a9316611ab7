#include "packing.h"

#include <algorithm>

namespace nafnet {
namespace {

uint16_t to_bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);  // NaN stays one
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace

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

Columns shuffled_columns(int channels, int factor, int lanes) {
  const int places = factor * factor;
  const int padded = static_cast<int>(round_up(channels, lanes));
  Columns columns(places * padded, kNone);
  for (int place = 0; place < places; place++) {
    for (int o = 0; o < channels; o++) columns[place * padded + o] = o * places + place;
  }
  return columns;
}

void PanelWriter::set(int row, int column, float value) const {
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

bool Packer::allocate(Buffer& buffer, size_t bytes) {
  const size_t needed = std::max<size_t>(bytes, kAlignment);
  bytes_ += needed;
  if (only_counts()) return true;
  if (!buffer.allocate(needed)) return false;
  std::memset(buffer.data(), 0, needed);
  return true;
}

bool Packer::vector(Buffer& buffer, int offset, int count, int padded) {
  return rows(buffer, offset, 1, count, padded);
}

bool Packer::rows(Buffer& buffer, int offset, int count, int columns, int padded) {
  if (!allocate(buffer, static_cast<size_t>(count) * padded * sizeof(float))) return false;
  if (only_counts() || offset == kNone) return true;
  for (int row = 0; row < count; row++) {
    std::memcpy(buffer.floats() + static_cast<size_t>(row) * padded,
                weights_ + offset + static_cast<size_t>(row) * columns, columns * sizeof(float));
  }
  return true;
}

bool Packer::pointwise(PackedMatrix& packed, const FoldedPointwise& p, const Columns& columns) {
  const auto kernel = [&](int row, int column) {
    return weights_[p.kernel + static_cast<int64_t>(row) * p.kernel_columns + column];
  };
  const auto scale = [&](int column) { return p.output_scale == kNone ? 1.0f : weights_[p.output_scale + column]; };
  const int depth = static_cast<int>(round_up(p.channels, kernels_.lanes));
  return matrix(
      packed, {kernels_, p.channels, depth, columns},
      [&](int row, int column) {
        const float in = p.input_scale == kNone ? 1.0f : weights_[p.input_scale + row];
        return in * kernel(row, column) * scale(column);
      },
      [&](int column) {
        double sum = value(p.bias, column);
        for (int row = 0; p.input_shift != kNone && row < p.channels; row++) {
          sum += double{weights_[p.input_shift + row]} * kernel(row, column);
        }
        return static_cast<float>(sum * scale(column));
      });
}

bool Packer::depthwise3x3(Buffer& buffer, int kernel, int bias, int total, const Columns& columns) {
  const int panel = 2 * kernels_.lanes;
  if (!allocate(buffer, columns.size() * 10 * sizeof(float))) return false;
  if (only_counts()) return true;
  for (size_t i = 0; i < columns.size(); i++) {
    if (columns[i] == kNone) continue;
    float* to = buffer.floats() + i / panel * 10 * panel + i % panel;
    for (int tap = 0; tap < 9; tap++) to[tap * panel] = weights_[kernel + tap * total + columns[i]];
    to[9 * panel] = value(bias, columns[i]);
  }
  return true;
}

}  // namespace nafnet
