// Convolutions of any size, see Convolve in kernels.h: the pixels of all taps are gathered into rows, which then are a
// matrix product.

template <class Operand>
size_t convolve_workspace(const Convolve& c) {
  const size_t row_bytes = c.vectors == 0 ? row_stride<Float32>(c.depth) * sizeof(float)
                                          : row_stride<Operand>(c.depth) * sizeof(typename Operand::T);
  return static_cast<size_t>(c.x1 - c.x0) * row_bytes;
}

/** Copies a tap's channels. */
template <class Operand>
inline void copy_tap(const float* from, typename Operand::T* to, int channels) {
  int c = 0;
  for (; c + kLanes <= channels; c += kLanes) Operand::store(to + c, load(from + c));
  for (; c < channels; c++) {
    Vec value{};
    value[0] = from[c];
    typename Operand::T lanes[kLanes];
    Operand::store(lanes, value);
    to[c] = lanes[0];
  }
}

/** [x1 - x0][depth] operand values, 0 outside the input. */
template <class Operand>
inline void gather(const Convolve& c, typename Operand::T* a, int64_t stride) {
  typedef typename Operand::T T;
  for (int x = c.x0; x < c.x1; x++, a += stride) {
    T* to = a;
    for (int ky = 0; ky < c.kernel_height; ky++) {
      const int y = c.y * c.stride + ky - c.padding;
      for (int kx = 0; kx < c.kernel_width; kx++, to += c.tap_channels) {
        const int column = x * c.stride + kx - c.padding;
        if (y < 0 || y >= c.height || column < 0 || column >= c.width) {
          std::memset(to, 0, c.tap_channels * sizeof(T));
        } else {
          copy_tap<Operand>(c.input.at(y) + static_cast<int64_t>(column) * c.pixel_stride, to, c.tap_channels);
        }
      }
    }
    std::memset(to, 0, (a + c.depth - to) * sizeof(T));
  }
}

/** Up to 4 output channels: dot products over the depth, whose lanes are summed for several pixels at once. */
inline void convolve_narrow(const Convolve& c, Workspace& workspace) {
  constexpr int kPixels = kLanes / 4;
  const int64_t stride = row_stride<Float32>(c.depth);
  float* a = reinterpret_cast<float*>(workspace.bytes);
  gather<Float32>(c, a, stride);
  const float* weights = static_cast<const float*>(c.packed.weights);
  const int pixels = c.x1 - c.x0;
  for (int first = 0; first < pixels; first += kPixels) {
    Vec sums[kLanes] = {};
    for (int p = 0; p < kPixels; p++) {
      const float* pixel = a + (first + p < pixels ? first + p : first) * stride;
      for (int k = 0; k < c.depth; k += kLanes) {
        const Vec value = load(pixel + k);
        for (int o = 0; o < 4; o++) sums[4 * p + o] = fma(value, load(weights + o * c.depth + k), sums[4 * p + o]);
      }
    }
    float values[kLanes];
    store(values, lane_sums(sums));
    for (int p = 0; p < kPixels && first + p < pixels; p++) {
      for (int o = 0; o < 4; o++) c.result[4 * (first + p) + o] = values[4 * p + o] + c.packed.bias[o];
    }
  }
}

template <class Operand>
void convolve(const Convolve& c, Workspace& workspace) {
  typedef typename Operand::T T;
  if (c.vectors == 0) {
    convolve_narrow(c, workspace);
    return;
  }
  const int64_t stride = row_stride<Operand>(c.depth);
  T* a = reinterpret_cast<T*>(workspace.bytes);
  gather<Operand>(c, a, stride);
  const int64_t out = static_cast<int64_t>(c.vectors) * kLanes;
  multiply<Operand>(a, stride, c.x1 - c.x0, c.packed, 0, c.vectors, c.depth, [&](int row, int panel, const auto& sums) {
    store_all(c.result + row * out + panel * 2 * kLanes, sums);
  });
}
