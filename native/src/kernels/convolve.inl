// Convolutions of any size, see ConvolveRow in kernels.h: the pixels of all taps are gathered into rows, which then are
// a matrix product.

template <class Operand>
size_t convolve_row_workspace(const ConvolveRow& c) {
  return static_cast<size_t>(c.x1 - c.x0) * row_stride<Operand>(c.depth) * sizeof(typename Operand::T);
}

/** Copies values as operands. */
template <class Operand>
inline void copy_values(const float* from, typename Operand::T* to, int count) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) Operand::store(to + i, load(from + i));
  if (i == count) return;
  if constexpr (Operand::kPerStep == 1) {
    for (; i < count; i++) to[i] = from[i];
    return;
  }
  float rest[kLanes] = {};
  typename Operand::T converted[kLanes];
  for (int j = i; j < count; j++) rest[j - i] = from[j];
  Operand::store(converted, load(rest));
  for (int j = i; j < count; j++) to[j] = converted[j - i];
}

/** Gathers the input of each output pixel, [x1 - x0][depth] operands, 0 outside the input. */
template <class Operand>
inline void gather(const ConvolveRow& c, typename Operand::T* a, int64_t stride) {
  typedef typename Operand::T T;
  const int run = c.kernel_width * c.tap_channels;
  const bool contiguous = c.tap_channels == c.pixel_stride;
  for (int x = c.x0; x < c.x1; x++, a += stride) {
    T* to = a;
    const int first = x * c.stride - c.padding;
    for (int ky = 0; ky < c.kernel_height; ky++, to += run) {
      const int y = c.y * c.stride + ky - c.padding;
      if (y < 0 || y >= c.height) {
        std::memset(to, 0, run * sizeof(T));
        continue;
      }
      const float* row = c.input.at(y);
      if (contiguous && first >= 0 && first + c.kernel_width <= c.width) {
        copy_values<Operand>(row + static_cast<int64_t>(first) * c.pixel_stride, to, run);
        continue;
      }
      for (int kx = 0; kx < c.kernel_width; kx++) {
        T* tap = to + kx * c.tap_channels;
        if (first + kx < 0 || first + kx >= c.width) {
          std::memset(tap, 0, c.tap_channels * sizeof(T));
        } else {
          copy_values<Operand>(row + static_cast<int64_t>(first + kx) * c.pixel_stride, tap, c.tap_channels);
        }
      }
    }
    std::memset(to, 0, (a + c.depth - to) * sizeof(T));
  }
}

template <class Operand>
void convolve_row(const ConvolveRow& c, Workspace& workspace) {
  const int64_t stride = row_stride<Operand>(c.depth);
  auto* a = reinterpret_cast<typename Operand::T*>(workspace.bytes);
  gather<Operand>(c, a, stride);
  const int places = c.shuffle * c.shuffle;
  gemm(Gemm<Operand>{.a = a,
                     .stride = stride,
                     .rows = c.x1 - c.x0,
                     .depth = c.depth,
                     .packed = c.packed,
                     .first_panel = 0,
                     .vectors = places * c.vectors},
       [&](int row, int panel, const auto& sums) {
         for (int v = 0; v < vectors_in(sums); v++) {
           const int place = (2 * panel + v) / c.vectors, vector = (2 * panel + v) % c.vectors;
           const int y = c.y * c.shuffle + place / c.shuffle;
           const int64_t x = static_cast<int64_t>(c.x0 + row) * c.shuffle + place % c.shuffle;
           const int64_t at = x * c.output_stride + vector * kLanes;
           const Vec sum = c.add.base == nullptr ? sums[v] : sums[v] + load(c.add.at(y) + at);
           store(c.output.at(y) + at, sum);
         }
       });
}

/** Dot products over the depth, four output channels at a time, whose lanes are summed for several pixels at once. */
inline bool convolve_row_to_picture(const ConvolveRowToPicture& p, Workspace& workspace) {
  constexpr int kPixels = kLanes / 4;
  const ConvolveRow& c = p.convolve;
  const int64_t stride = row_stride<Float32>(c.depth);
  float* a = reinterpret_cast<float*>(workspace.bytes);
  gather<Float32>(c, a, stride);
  const float* weights = static_cast<const float*>(c.packed.weights);
  const int pixels = c.x1 - c.x0;
  bool finite = true;
  for (int first = 0; first < pixels; first += kPixels) {
    for (int channel = 0; channel < p.channels; channel += 4) {
      Vec sums[kLanes] = {};
      const float* from[kPixels];
      unrolled<kPixels>([&](auto i) NAFNET_INLINE { from[i] = a + (first + i < pixels ? first + i : first) * stride; });
      const float* w = weights + static_cast<int64_t>(channel) * c.depth;
      for (int k = 0; k < c.depth; k += kLanes) {
        Vec of_channel[4];
        unrolled<4>([&](auto o) NAFNET_INLINE { of_channel[o] = load(w + o * c.depth + k); });
        unrolled<kLanes>([&](auto i)
                             NAFNET_INLINE { sums[i] = fma(load(from[i / 4] + k), of_channel[i % 4], sums[i]); });
      }
      float values[kLanes];
      store(values, lane_sums(sums));
      for (int i = 0; i < kPixels && first + i < pixels; i++) {
        const int64_t at = static_cast<int64_t>(c.x0 + first + i) * p.channels;
        for (int o = channel; o < channel + 4 && o < p.channels; o++) {
          float value = values[4 * i + o - channel] + c.packed.bias[o];
          if (c.add.base != nullptr) value += c.add.at(c.y)[at + o];
          c.output.at(c.y)[at + o] = value;
          finite = finite && value - value == 0.0f;
        }
      }
    }
  }
  return finite;
}
