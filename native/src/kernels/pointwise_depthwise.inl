// Pass A, see Expand in kernels.h.

/** Columns whose values are summed in float32 before the sum goes on in double precision. */
constexpr int kSegment = 64;
/** Columns of the depthwise convolution that share the loads of its weights and of their neighbours. */
constexpr int kColumns = 4;

/** Sizes and places of what an item keeps in its thread's workspace. */
template <class Operand>
struct ExpandLayout {
  int first_row, end_row, first_column, end_column;
  int columns_in, ring_columns, batch_panels, ring_channels;
  int stride;
  size_t prepared_bytes, ring_row, ring_bytes, segment_bytes;

  explicit ExpandLayout(const Expand& e) {
    first_row = e.y0 > 0 ? e.y0 - 1 : 0;
    end_row = e.y1 < e.height ? e.y1 + 1 : e.height;
    first_column = e.x0 > 0 ? e.x0 - 1 : 0;
    end_column = e.x1 < e.width ? e.x1 + 1 : e.width;
    columns_in = end_column - first_column;
    ring_columns = e.x1 - e.x0 + 2;
    // The products of all channels of a head are wanted at a time.
    batch_panels = e.consumer == Consumer::kGram ? e.panels : e.panels < kBatchPanels ? e.panels : kBatchPanels;
    ring_channels = batch_panels * 2 * kLanes;
    stride = row_stride<Operand>(e.cp);
    const size_t rows = e.keep ? end_row - first_row : 1;
    prepared_bytes = round_up(rows * columns_in * stride * sizeof(typename Operand::T), 64);
    ring_row = static_cast<size_t>(ring_columns) * ring_channels;
    ring_bytes = round_up(4 * ring_row * sizeof(float), 64);
    segment_bytes = e.consumer == Consumer::kGram ? round_up(kSegment * ring_channels * sizeof(float), 64) : 0;
  }

  size_t bytes() const { return prepared_bytes + ring_bytes + segment_bytes; }
};

/** A row of the input as the matrix product's operand. */
template <class Operand>
inline void prepare_row(const Expand& e, const ExpandLayout<Operand>& layout, int y, typename Operand::T* out) {
  typedef typename Operand::T T;
  const int64_t start = static_cast<int64_t>(layout.first_column) * e.cp;
  if (e.normalise) {
    normalise(e.input.at(y) + start, layout.columns_in, e.channels, e.cp, [&](int64_t pixel, int vector, Vec value) {
      Operand::store(out + pixel * layout.stride + vector * kLanes, value);
    });
    return;
  }
  const T* x = reinterpret_cast<const T*>(e.input.at(y)) + start;
  for (int64_t pixel = 0; pixel < layout.columns_in; pixel++) {
    std::memcpy(out + pixel * layout.stride, x + pixel * e.cp, e.cp * sizeof(T));
  }
}

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

/** products[a][b][i][j] += sum over pixels of q's channel a · kLanes + i times k's channel b · kLanes + j. */
inline void add_products(const float* segment, int pixels, int panels, double* sums) {
  constexpr int kQueries = kLanes < 8 ? kLanes : 8;
  const int pixel_stride = panels * 2 * kLanes;
  for (int a = 0; a < panels; a++) {
    for (int b = 0; b < panels; b++) {
      for (int i = 0; i < kLanes; i += kQueries) {
        const float* q = segment + a * 2 * kLanes + i;
        const float* k = segment + b * 2 * kLanes + kLanes;
        Vec products[kQueries] = {};
        for (int p = 0; p < pixels; p++, q += pixel_stride, k += pixel_stride) {
          const Vec key = load(k);
#pragma GCC unroll 8
          for (int j = 0; j < kQueries; j++) products[j] = fma(broadcast(q[j]), key, products[j]);
        }
        double* target = sums + ((a * panels + b) * kLanes + i) * kLanes;
        for (int j = 0; j < kQueries; j++) add_to(target + j * kLanes, products[j]);
      }
    }
  }
  double* squares = sums + panels * panels * kLanes * kLanes;
  for (int vector = 0; vector < 2 * panels; vector++) {
    // The segment has q and k of a panel side by side; the squares are all of q, then all of k.
    Vec sum{};
    for (int p = 0; p < pixels; p++) {
      const Vec value = load(segment + p * pixel_stride + vector * kLanes);
      sum = fma(value, value, sum);
    }
    add_to(squares + (vector % 2 * panels + vector / 2) * kLanes, sum);
  }
}

/** One output row of a batch of panels. */
template <class Operand>
inline void consume_row(const Expand& e, const float* const rows[3], int batch, int panels, int y, float* segment) {
  typedef typename Operand::T T;
  const int columns = e.x1 - e.x0;
  const int ring_channels = panels * 2 * kLanes;
  T* output =
      e.output.base == nullptr ? nullptr : reinterpret_cast<T*>(e.output.at(y)) + static_cast<int64_t>(e.x0) * e.cp;
  for (int from = 0; from < columns; from += kSegment) {
    const int to = from + kSegment < columns ? from + kSegment : columns;
    for (int p = 0; p < panels; p++) {
      const int panel = batch + p;
      const float* weights = e.depthwise + static_cast<int64_t>(panel) * 10 * 2 * kLanes;
      const float* at[3] = {rows[0] + p * 2 * kLanes, rows[1] + p * 2 * kLanes, rows[2] + p * 2 * kLanes};
      switch (e.consumer) {
        case Consumer::kGate: {
          T* out = output + panel * kLanes;
          Vec sum{};
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            const Vec gated = first * second;
            Operand::store(out + static_cast<int64_t>(column) * e.cp, gated);
            sum += gated;
          });
          add_to(e.sums + panel * kLanes, sum);
          break;
        }
        case Consumer::kStore: {
          T* out = output + panel * 2 * kLanes;
          const bool both = panel * 2 * kLanes + kLanes < e.cp;
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            Operand::store(out + static_cast<int64_t>(column) * e.cp, first);
            if (both) Operand::store(out + static_cast<int64_t>(column) * e.cp + kLanes, second);
          });
          break;
        }
        case Consumer::kGram:
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            float* out = segment + static_cast<int64_t>(column - from) * ring_channels + p * 2 * kLanes;
            store(out, first);
            store(out + kLanes, second);
          });
          break;
      }
    }
    if (e.consumer == Consumer::kGram) add_products(segment, to - from, panels, e.sums);
  }
}

template <class Operand>
void expand(const Expand& e, Workspace& workspace) {
  typedef typename Operand::T T;
  const ExpandLayout<Operand> layout(e);
  T* prepared = reinterpret_cast<T*>(workspace.bytes);
  float* ring = reinterpret_cast<float*>(workspace.bytes + layout.prepared_bytes);
  float* segment = reinterpret_cast<float*>(workspace.bytes + layout.prepared_bytes + layout.ring_bytes);
  const int64_t prepared_row = static_cast<int64_t>(layout.columns_in) * layout.stride;
  if (e.keep && workspace.prepared_key != e.key) {
    for (int y = layout.first_row; y < layout.end_row; y++) {
      prepare_row(e, layout, y, prepared + (y - layout.first_row) * prepared_row);
    }
    workspace.prepared_key = e.key;
  }
  for (int batch = e.panel; batch < e.panel + e.panels; batch += layout.batch_panels) {
    const int left = e.panel + e.panels - batch;
    const int panels = left < layout.batch_panels ? left : layout.batch_panels;
    const int ring_channels = panels * 2 * kLanes;
    const int64_t ring_row = static_cast<int64_t>(layout.ring_columns) * ring_channels;
    // What lies outside the picture is 0 after the pointwise convolution, not before it: the borders of the ring and
    // its fourth row stay 0.
    std::memset(ring + 3 * ring_row, 0, ring_row * sizeof(float));
    for (int i = 0; i < 3; i++) {
      std::memset(ring + i * ring_row, 0, ring_channels * sizeof(float));
      std::memset(ring + (i + 1) * ring_row - ring_channels, 0, ring_channels * sizeof(float));
    }
    int next = layout.first_row;
    for (int y = e.y0; y < e.y1; y++) {
      for (; next <= y + 1 && next < layout.end_row; next++) {
        const T* a = prepared + (next - layout.first_row) * prepared_row;
        if (!e.keep) {
          prepare_row(e, layout, next, prepared);
          a = prepared;
        }
        float* out = ring + next % 3 * ring_row + (layout.first_column - e.x0 + 1) * ring_channels;
        multiply<Operand>(a, layout.stride, layout.columns_in, e.pointwise, batch, 2 * panels, e.cp,
                          [&](int row, int panel, const auto& sums) {
                            store_all(out + row * ring_channels + (panel - batch) * 2 * kLanes, sums);
                          });
      }
      const float* rows[3];
      for (int i = 0; i < 3; i++) {
        const int row = y + i - 1;
        rows[i] = ring + (row < 0 || row >= e.height ? 3 : row % 3) * ring_row;
      }
      consume_row<Operand>(e, rows, batch, panels, y, segment);
    }
  }
}

template <class Operand>
size_t expand_workspace(const Expand& e) {
  return ExpandLayout<Operand>(e).bytes();
}
