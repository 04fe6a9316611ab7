// Pass B, see Finish in kernels.h.

/** Pixels of a tile: what a tile holds stays in the second-level cache, and the weights are read once a tile. */
inline int finish_tile(int cp) {
  constexpr int kLeast = 2 * kMaxRows > kRowsAtOnce ? 2 * kMaxRows : kRowsAtOnce;
  const int tile = kTileValues / cp / kRowsAtOnce * kRowsAtOnce;
  return tile < kLeast ? kLeast : tile;
}

template <class Operand>
size_t finish_workspace(int cp) {
  const size_t tile = finish_tile(cp);
  return tile * (2 * row_stride<Operand>(cp) * sizeof(typename Operand::T) + cp * sizeof(float)) + 128;
}

template <class Operand>
void finish(const Finish& f, Workspace& workspace) {
  typedef typename Operand::T T;
  const int tile = finish_tile(f.cp);
  const int cp = f.cp, vectors = cp / kLanes;
  const int64_t stride = row_stride<Operand>(cp);
  T* a = reinterpret_cast<T*>(workspace.bytes);
  T* b = a + tile * stride;
  float* y = reinterpret_cast<float*>(workspace.bytes + 2 * tile * stride * sizeof(T));
  for (int64_t first = 0; first < f.pixels; first += tile) {
    const int count = static_cast<int>(f.pixels - first < tile ? f.pixels - first : tile);
    const T* gated = static_cast<const T*>(f.gated) + first * cp;
    float* x = f.x + first * cp;
    if (f.values == nullptr) {
      for (int64_t p = 0; p < count; p++) {
        for (int c = 0; c < cp; c += kLanes) {
          Operand::store(a + p * stride + c, Operand::load(gated + p * cp + c) * load(f.scale + c));
          __builtin_prefetch(x + p * cp + c);
        }
      }
    } else {
      const T* values = static_cast<const T*>(f.values) + first * cp;
      for (int64_t p = 0; p < count; p++) {
        std::memcpy(b + p * stride, values + p * cp, cp * sizeof(T));
        for (int c = 0; c < cp; c += kLanes) {
          __builtin_prefetch(x + p * cp + c);
          __builtin_prefetch(gated + p * cp + c);
        }
      }
      multiply<Operand>(b, stride, count, f.attention, 0, vectors, cp, [&](int row, int panel, const auto& sums) {
        for (int v = 0; v < vectors_in(sums); v++) {
          const int64_t channel = (panel * 2 + v) * kLanes;
          Operand::store(a + row * stride + channel,
                         sums[v] * Operand::load(gated + static_cast<int64_t>(row) * cp + channel));
        }
      });
    }
    const auto add = [&](const float* residual, float* out) {
      return [=](int row, int panel, const auto& sums) {
        for (int v = 0; v < vectors_in(sums); v++) {
          const int64_t at = static_cast<int64_t>(row) * cp + (panel * 2 + v) * kLanes;
          store(out + at, sums[v] + load(residual + at));
        }
      };
    };
    multiply<Operand>(a, stride, count, f.conv3, 0, vectors, cp, add(x, y));
    normalise(y, count, f.channels, cp, [&](int64_t pixel, int vector, Vec value) {
      Operand::store(b + pixel * stride + vector * kLanes, value);
    });
    multiply<Operand>(b, stride, count, f.conv4, 0, 2 * vectors, cp, [&](int row, int panel, const auto& sums) {
      Operand::store(a + row * stride + panel * kLanes, sums[0] * sums[vectors_in(sums) - 1]);
    });
    multiply<Operand>(a, stride, count, f.conv5, 0, vectors, cp, add(y, x));
  }
}
