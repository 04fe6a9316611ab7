// The first half of a block, and MDTA's q, k and v: see PointwiseDepthwise in kernels.h.

/** Panels that share a ring: 64 channels fill the ring's rows within the second-level cache. */
constexpr int kBatchPanels = 64 / (2 * kLanes) > 0 ? 64 / (2 * kLanes) : 1;

/** Columns whose values are summed in float32 before the sum goes on in double precision. */
constexpr int kSegment = 64;

/** Layout of an item's workspace: prepared rows, the ring, a segment of q and k. */
template <class Operand>
struct PointwiseDepthwiseLayout {
  int first_row, end_row, first_column, end_column;
  int columns_in, ring_columns, batch_panels, ring_channels;
  int stride;
  size_t prepared_bytes, ring_row, ring_bytes, segment_bytes;

  explicit PointwiseDepthwiseLayout(const PointwiseDepthwise& args) {
    first_row = args.y0 > 0 ? args.y0 - 1 : 0;
    end_row = args.y1 < args.height ? args.y1 + 1 : args.height;
    first_column = args.x0 > 0 ? args.x0 - 1 : 0;
    end_column = args.x1 < args.width ? args.x1 + 1 : args.width;
    columns_in = end_column - first_column;
    ring_columns = args.x1 - args.x0 + 2;
    // The products of all channels of a head are wanted at a time.
    batch_panels = args.epilogue == Epilogue::kGram ? args.panels
                   : args.panels < kBatchPanels     ? args.panels
                                                    : kBatchPanels;
    ring_channels = batch_panels * 2 * kLanes;
    stride = row_stride<Operand>(args.padded_channels);
    const size_t rows = args.prepare_all ? end_row - first_row : 1;
    prepared_bytes = round_up(rows * columns_in * stride * sizeof(typename Operand::T), 64);
    ring_row = static_cast<size_t>(ring_columns) * ring_channels;
    ring_bytes = round_up(4 * ring_row * sizeof(float), 64);
    segment_bytes = args.epilogue == Epilogue::kGram ? round_up(kSegment * ring_channels * sizeof(float), 64) : 0;
  }

  size_t bytes() const { return prepared_bytes + ring_bytes + segment_bytes; }
};

/** A row of the input as the matrix product's operand. */
template <class Operand>
inline void prepare_row(const PointwiseDepthwise& args, const PointwiseDepthwiseLayout<Operand>& layout, int y,
                        typename Operand::T* out) {
  typedef typename Operand::T T;
  const int64_t start = static_cast<int64_t>(layout.first_column) * args.padded_channels;
  if (args.normalise) {
    normalise(args.input.at(y) + start, layout.columns_in, args.channels, args.padded_channels,
              [&](int64_t pixel, int vector, Vec value) {
                Operand::store(out + pixel * layout.stride + vector * kLanes, value);
              });
    return;
  }
  const T* x = reinterpret_cast<const T*>(args.input.at(y)) + start;
  for (int64_t pixel = 0; pixel < layout.columns_in; pixel++) {
    std::memcpy(out + pixel * layout.stride, x + pixel * args.padded_channels, args.padded_channels * sizeof(T));
  }
}

/** The depthwise convolution and its epilogue for one output row of a batch of panels. */
template <class Operand>
inline void depthwise_epilogue(const PointwiseDepthwise& args, const float* const rows[3], int batch, int panels, int y,
                               float* segment) {
  typedef typename Operand::T T;
  const int columns = args.x1 - args.x0;
  const int ring_channels = panels * 2 * kLanes;
  T* output = args.output.base == nullptr
                  ? nullptr
                  : reinterpret_cast<T*>(args.output.at(y)) + static_cast<int64_t>(args.x0) * args.padded_channels;
  for (int from = 0; from < columns; from += kSegment) {
    const int to = from + kSegment < columns ? from + kSegment : columns;
    for (int p = 0; p < panels; p++) {
      const int panel = batch + p;
      const float* weights = args.depthwise + static_cast<int64_t>(panel) * 10 * 2 * kLanes;
      const float* at[3] = {rows[0] + p * 2 * kLanes, rows[1] + p * 2 * kLanes, rows[2] + p * 2 * kLanes};
      switch (args.epilogue) {
        case Epilogue::kGate: {
          T* out = output + panel * kLanes;
          Vec sum{};
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            const Vec gated = first * second;
            Operand::store(out + static_cast<int64_t>(column) * args.padded_channels, gated);
            sum += gated;
          });
          add_to(args.sums + panel * kLanes, sum);
          break;
        }
        case Epilogue::kStore: {
          T* out = output + panel * 2 * kLanes;
          const bool both = panel * 2 * kLanes + kLanes < args.padded_channels;
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            Operand::store(out + static_cast<int64_t>(column) * args.padded_channels, first);
            if (both) Operand::store(out + static_cast<int64_t>(column) * args.padded_channels + kLanes, second);
          });
          break;
        }
        case Epilogue::kGram:
          depthwise_panel(at, ring_channels, weights, from, to, [&](int column, Vec first, Vec second) {
            float* out = segment + static_cast<int64_t>(column - from) * ring_channels + p * 2 * kLanes;
            store(out, first);
            store(out + kLanes, second);
          });
          break;
      }
    }
    if (args.epilogue == Epilogue::kGram) add_products(segment, to - from, panels, args.sums);
  }
}

template <class Operand>
void pointwise_depthwise(const PointwiseDepthwise& args, Workspace& workspace) {
  typedef typename Operand::T T;
  const PointwiseDepthwiseLayout<Operand> layout(args);
  T* prepared = reinterpret_cast<T*>(workspace.bytes);
  float* ring = reinterpret_cast<float*>(workspace.bytes + layout.prepared_bytes);
  float* segment = reinterpret_cast<float*>(workspace.bytes + layout.prepared_bytes + layout.ring_bytes);
  const int64_t prepared_row = static_cast<int64_t>(layout.columns_in) * layout.stride;
  if (args.prepare_all && workspace.prepared_key != args.key) {
    for (int y = layout.first_row; y < layout.end_row; y++) {
      prepare_row(args, layout, y, prepared + (y - layout.first_row) * prepared_row);
    }
    workspace.prepared_key = args.key;
  }
  for (int batch = args.panel; batch < args.panel + args.panels; batch += layout.batch_panels) {
    const int left = args.panel + args.panels - batch;
    const int panels = left < layout.batch_panels ? left : layout.batch_panels;
    const int ring_channels = panels * 2 * kLanes;
    const int64_t ring_row = static_cast<int64_t>(layout.ring_columns) * ring_channels;
    // Outside the picture there is 0 after the pointwise convolution, not before it: the borders of the ring and
    // its fourth row stay 0.
    std::memset(ring + 3 * ring_row, 0, ring_row * sizeof(float));
    for (int i = 0; i < 3; i++) {
      std::memset(ring + i * ring_row, 0, ring_channels * sizeof(float));
      std::memset(ring + (i + 1) * ring_row - ring_channels, 0, ring_channels * sizeof(float));
    }
    int next = layout.first_row;
    for (int y = args.y0; y < args.y1; y++) {
      for (; next <= y + 1 && next < layout.end_row; next++) {
        const T* a = prepared + (next - layout.first_row) * prepared_row;
        if (!args.prepare_all) {
          prepare_row(args, layout, next, prepared);
          a = prepared;
        }
        float* out = ring + next % 3 * ring_row + (layout.first_column - args.x0 + 1) * ring_channels;
        gemm(Gemm<Operand>{.a = a,
                           .stride = layout.stride,
                           .rows = layout.columns_in,
                           .depth = args.padded_channels,
                           .packed = args.pointwise,
                           .first_panel = batch,
                           .vectors = 2 * panels},
             [&](int row, int panel, const auto& sums) {
               store_all(out + row * ring_channels + (panel - batch) * 2 * kLanes, sums);
             });
      }
      const float* rows[3];
      for (int i = 0; i < 3; i++) {
        const int row = y + i - 1;
        rows[i] = ring + (row < 0 || row >= args.height ? 3 : row % 3) * ring_row;
      }
      depthwise_epilogue<Operand>(args, rows, batch, panels, y, segment);
    }
  }
}

template <class Operand>
size_t pointwise_depthwise_workspace(const PointwiseDepthwise& args) {
  return PointwiseDepthwiseLayout<Operand>(args).bytes();
}
