// The projection and the feed-forward half of a block, see ProjectFfn in kernels.h.

/** Values of a tile. */
constexpr int kTileValues = 16384;

/** Pixels of a tile: what a tile holds stays in the second-level cache, and the weights are read once a tile. */
inline int project_ffn_tile_pixels(int padded_channels) {
  constexpr int kLeast = 2 * kMaxRows > kRowsAtOnce ? 2 * kMaxRows : kRowsAtOnce;
  const int tile = kTileValues / padded_channels / kRowsAtOnce * kRowsAtOnce;
  return tile < kLeast ? kLeast : tile;
}

template <class Operand>
size_t project_ffn_workspace(int padded_channels) {
  const size_t tile = project_ffn_tile_pixels(padded_channels);
  return tile * (2 * row_stride<Operand>(padded_channels) * sizeof(typename Operand::T) +
                 padded_channels * sizeof(float)) +
         128;
}

template <class Operand>
void project_ffn(const ProjectFfn& args, Workspace& workspace) {
  typedef typename Operand::T T;
  const int tile = project_ffn_tile_pixels(args.padded_channels);
  const int padded_channels = args.padded_channels, vectors = padded_channels / kLanes;
  const int64_t stride = row_stride<Operand>(padded_channels);
  T* a = reinterpret_cast<T*>(workspace.bytes);
  T* b = a + tile * stride;
  float* y = reinterpret_cast<float*>(workspace.bytes + 2 * tile * stride * sizeof(T));
  for (int64_t first = 0; first < args.pixels; first += tile) {
    const int count = static_cast<int>(args.pixels - first < tile ? args.pixels - first : tile);
    const auto product = [&](const T* rows, const PackedWeights& packed, int of_vectors) {
      return Gemm<Operand>{.a = rows,
                           .stride = stride,
                           .rows = count,
                           .depth = padded_channels,
                           .packed = packed,
                           .first_panel = 0,
                           .vectors = of_vectors};
    };
    const T* gated = static_cast<const T*>(args.gated) + first * padded_channels;
    float* x = args.x + first * padded_channels;
    if (args.values == nullptr) {
      for (int64_t p = 0; p < count; p++) {
        for (int c = 0; c < padded_channels; c += kLanes) {
          Operand::store(a + p * stride + c, Operand::load(gated + p * padded_channels + c) * load(args.scale + c));
          __builtin_prefetch(x + p * padded_channels + c);
        }
      }
    } else {
      const T* values = static_cast<const T*>(args.values) + first * padded_channels;
      for (int64_t p = 0; p < count; p++) {
        std::memcpy(b + p * stride, values + p * padded_channels, padded_channels * sizeof(T));
        for (int c = 0; c < padded_channels; c += kLanes) {
          __builtin_prefetch(x + p * padded_channels + c);
          __builtin_prefetch(gated + p * padded_channels + c);
        }
      }
      gemm(product(b, args.attention, vectors), [&](int row, int panel, const auto& sums) {
        for (int v = 0; v < vectors_in(sums); v++) {
          const int64_t channel = (panel * 2 + v) * kLanes;
          Operand::store(a + row * stride + channel,
                         sums[v] * Operand::load(gated + static_cast<int64_t>(row) * padded_channels + channel));
        }
      });
    }
    const auto add = [&](const float* residual, float* out) {
      return [=](int row, int panel, const auto& sums) {
        for (int v = 0; v < vectors_in(sums); v++) {
          const int64_t at = static_cast<int64_t>(row) * padded_channels + (panel * 2 + v) * kLanes;
          store(out + at, sums[v] + load(residual + at));
        }
      };
    };
    gemm(product(a, args.conv3, vectors), add(x, y));
    normalise(y, count, args.channels, padded_channels, [&](int64_t pixel, int vector, Vec value) {
      Operand::store(b + pixel * stride + vector * kLanes, value);
    });
    gemm(product(b, args.conv4, 2 * vectors), [&](int row, int panel, const auto& sums) {
      Operand::store(a + row * stride + panel * kLanes, sums[0] * sums[vectors_in(sums) - 1]);
    });
    gemm(product(a, args.conv5, vectors), add(y, x));
  }
}
