// The depthwise 3x3 convolution of pointwise_depthwise.inl: from three rows of the ring to registers.

/** Columns that share the loads of the weights and of their neighbours. */
constexpr int kColumns = 4;

/**
 * Depthwise 3x3 of a panel for kCount columns; rows[i] point at the tap on the upper left of the first. Each value of
 * the ring is loaded once and kept for the three columns that it belongs to: loads are as dear as multiply-adds here.
 */
template <int kCount>
inline NAFNET_INLINE void depthwise_columns(const float* const rows[3], int ring_channels, const float* weights,
                                            Vec (&sums)[2][kCount]) {
  unrolled<2>([&](auto half) NAFNET_INLINE {
    const Vec bias = load(weights + (9 * 2 + half) * kLanes);
    unrolled<kCount>([&](auto c) NAFNET_INLINE { sums[half][c] = bias; });
  });
  unrolled<3>([&](auto y) NAFNET_INLINE {
    Vec taps[2][3];
    unrolled<6>([&](auto i)
                    NAFNET_INLINE { taps[i / 3][i % 3] = load(weights + ((3 * y + i % 3) * 2 + i / 3) * kLanes); });
    unrolled<kCount + 2>([&](auto column) NAFNET_INLINE {
      unrolled<2>([&](auto half) NAFNET_INLINE {
        Vec value = load(rows[y] + column * ring_channels + half * kLanes);
        NAFNET_KEEP(value);
        unrolled<3>([&](auto tap) NAFNET_INLINE {
          constexpr int c = column - tap;
          if constexpr (c >= 0 && c < kCount) sums[half][c] = fma(value, taps[half][tap], sums[half][c]);
        });
      });
    });
  });
}

/** Calls put(column, first, second) with the depthwise convolution's two vectors for columns [from, to). */
template <class Put>
inline NAFNET_INLINE void depthwise_panel(const float* const rows[3], int ring_channels, const float* weights, int from,
                                          int to, Put&& put) {
  const auto some = [&](auto count, int column) NAFNET_INLINE {
    Vec sums[2][count];
    const int64_t offset = static_cast<int64_t>(column) * ring_channels;
    const float* at[3] = {rows[0] + offset, rows[1] + offset, rows[2] + offset};
    depthwise_columns<count>(at, ring_channels, weights, sums);
    unrolled<count>([&](auto c) NAFNET_INLINE { put(column + c, sums[0][c], sums[1][c]); });
  };
  int column = from;
  for (; column + kColumns <= to; column += kColumns) some(std::integral_constant<int, kColumns>(), column);
  for (; column < to; column++) some(std::integral_constant<int, 1>(), column);
}
