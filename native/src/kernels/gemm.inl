// The matrix product that nearly all of the time is spent in: rows of A, which are pixels, times packed weights. Its
// parts are named as in BLIS ("Anatomy of High-Performance Matrix Multiplication", doi 10.1145/1356052.1356053): a
// micro-kernel holds up to kMaxRows x 2 vectors of sums in registers; the epilogue decides what becomes of them.

/** Operands of float32. */
struct Float32 {
  typedef float T;
  /** Input channels that one step of the inner loop takes. */
  static constexpr int kPerStep = 1;
  /** Pixels that the processor multiplies as whole matrices, by `multiply_tiles`; 0: it has no such unit. */
  static constexpr int kTileRows = 0;
  typedef Vec Factor;
  static Factor load_weights(const float* p) { return load(p); }
  static Factor load_pixel(const float* p) { return broadcast(*p); }
  static Vec multiply_add(Factor pixel, Factor weights, Vec sum) { return fma(pixel, weights, sum); }
  static void store(float* p, Vec v) { NAFNET_TABLE::store(p, v); }
  static Vec load(const float* p) { return NAFNET_TABLE::load(p); }
};

/** Pixels that a tile has a multiple of, so that no micro-tile is smaller. */
constexpr int kRowsAtOnce = NAFNET_OPERAND::kTileRows > 0 ? NAFNET_OPERAND::kTileRows : kMaxRows;

/** Distance between rows of A in a buffer of our own: not a power of 2, which would put the rows into one cache set. */
template <class Operand>
constexpr int row_stride(int depth) {
  constexpr int kLine = 64 / static_cast<int>(sizeof(typename Operand::T));
  const int lines = static_cast<int>(divide_up(depth, kLine));
  return (lines | 1) * kLine;
}

/** Number of vectors that an epilogue is given. */
template <int kCount>
constexpr int vectors_in(const Vec (&)[kCount]) {
  return kCount;
}

template <int kCount>
inline void store_all(float* to, const Vec (&sums)[kCount]) {
  for (int v = 0; v < kCount; v++) store(to + v * kLanes, sums[v]);
}

/** Operands of the micro-kernel: some rows of A, and a panel of weights. */
template <class Operand>
struct MicroTile {
  typedef typename Operand::T T;
  const T* a;
  int64_t stride;
  const T* weights;
  const float* bias;
  int depth;
  /** Pixels that the next call will read, one after another: they are fetched into the cache meanwhile. */
  const T* next;
  /** Place of the sums: the first row of A, and the panel. */
  int row, panel;
};

/**
 * The micro-kernel: kRows pixels times kVectors vectors of output channels. The sums stay in registers only if every
 * index into them is a constant.
 */
template <class Operand, int kRows, int kVectors>
inline NAFNET_INLINE void micro_kernel(const MicroTile<Operand>& tile, Vec (&sums)[kRows][kVectors]) {
  typedef typename Operand::T T;
  typedef typename Operand::Factor Factor;
  constexpr int kPointers = (kRows + 2) / 3;
  const int64_t stride = tile.stride;
  const T* weights = tile.weights;
  const T* next = tile.next;
  unrolled<kRows * kVectors>(
      [&](auto i) NAFNET_INLINE { sums[i / kVectors][i % kVectors] = load(tile.bias + i % kVectors * kLanes); });
  // A pointer for every third row, the others at one and two strides from it: a pointer a row would not fit into the
  // general registers. NAFNET_POINTER keeps the compiler from making them anyway.
  const T* pointers[kPointers];
  unrolled<kPointers>([&](auto i) NAFNET_INLINE { pointers[i] = tile.a + 3 * i * stride; });
  // As much of the next pixels as of these is read in a round.
  constexpr int kLines = divide_up(kRows * kUnroll * Operand::kPerStep * static_cast<int>(sizeof(T)), 64);
  for (int k = 0, depth = tile.depth; k < depth; k += kUnroll * Operand::kPerStep) {
    unrolled<kUnroll>([&](auto step) NAFNET_INLINE {
      Factor w[kVectors];
      unrolled<kVectors>([&](auto v) NAFNET_INLINE {
        w[v] = Operand::load_weights(weights + (step * kVectors + v) * kLanes * Operand::kPerStep);
      });
      unrolled<kRows>([&](auto r) NAFNET_INLINE {
        const Factor pixel = Operand::load_pixel(pointers[r / 3] + r % 3 * stride + step * Operand::kPerStep);
        unrolled<kVectors>([&](auto v) NAFNET_INLINE { sums[r][v] = Operand::multiply_add(pixel, w[v], sums[r][v]); });
      });
    });
    weights += kUnroll * kVectors * kLanes * Operand::kPerStep;
    if constexpr (kPrefetch) {
      unrolled<kLines>([&](auto line)
                           NAFNET_INLINE { __builtin_prefetch(reinterpret_cast<const char*>(next) + 64 * line); });
      next += kRows * kUnroll * Operand::kPerStep;
    }
    unrolled<kPointers>([&](auto i) NAFNET_INLINE {
      pointers[i] += kUnroll * Operand::kPerStep;
      NAFNET_POINTER(pointers[i]);
    });
  }
}

/** Runs the micro-kernel and gives each row's sums to the epilogue. */
template <class Operand, int kRows, int kVectors, class RowEpilogue>
inline void multiply_micro_tile(const MicroTile<Operand>& tile, RowEpilogue& epilogue) {
  const int row = tile.row, panel = tile.panel;
  Vec sums[kRows][kVectors];
  micro_kernel<Operand>(tile, sums);
  unrolled<kRows>([&](auto r) NAFNET_INLINE {
    Vec of_row[kVectors];
    unrolled<kVectors>([&](auto v) NAFNET_INLINE { of_row[v] = sums[r][v]; });
    epilogue(row + r, panel, of_row);
  });
}

/** Calls multiply_micro_tile with `rows`, which is kMost or less, as a constant. */
template <class Operand, int kVectors, int kMost, class RowEpilogue>
inline void multiply_rows(int rows, const MicroTile<Operand>& tile, RowEpilogue& epilogue) {
  if (rows == kMost) {
    multiply_micro_tile<Operand, kMost, kVectors>(tile, epilogue);
  } else if constexpr (kMost > 1) {
    multiply_rows<Operand, kVectors, kMost - 1>(rows, tile, epilogue);
  }
}

/** Weights up to this size are read anew for every few pixels; of larger ones a panel is used for all pixels first. */
constexpr int64_t kSmallWeights = 128 << 10;

/** A matrix product: rows of A [rows][depth] times vectors of packed weights. */
template <class Operand>
struct Gemm {
  const typename Operand::T* a;
  /** Distance between rows of A. */
  int64_t stride;
  int rows, depth;
  PackedWeights packed;
  /** The first panel of the weights, and vectors from there on. */
  int first_panel, vectors;
};

/**
 * Multiplies, and gives the sums of each row and panel to the epilogue.
 *
 * @param epilogue called as epilogue(row, panel, sums), sums being an array of the panel's one or two vectors
 */
template <class Operand, class RowEpilogue>
inline void gemm(const Gemm<Operand>& product, RowEpilogue&& epilogue) {
  typedef typename Operand::T T;
  const int rows = product.rows, vectors = product.vectors, first_panel = product.first_panel;
  const int64_t panel_size = static_cast<int64_t>(2) * kLanes * product.depth;
  const int panels = (vectors + 1) / 2;
  if constexpr (Operand::kTileRows > 0) {
    if (Operand::multiply_tiles(product, epilogue)) return;
  }
  // The rows are cut evenly: the last micro-tile is not a sliver.
  const int groups = static_cast<int>(divide_up(rows, kMaxRows));
  const auto group_start = [&](int group) { return static_cast<int>(static_cast<int64_t>(rows) * group / groups); };
  const auto one = [&](int group, int panel, int next_group) {
    const int row = group_start(group), count = group_start(group + 1) - row;
    const MicroTile<Operand> tile = {
        .a = product.a + row * product.stride,
        .stride = product.stride,
        .weights = static_cast<const T*>(product.packed.weights) + (first_panel + panel) * panel_size,
        .bias = product.packed.bias + (first_panel + panel) * 2 * kLanes,
        .depth = product.depth,
        .next = product.a + group_start(next_group) * product.stride,
        .row = row,
        .panel = first_panel + panel,
    };
    if (2 * panel + 1 < vectors) {
      multiply_rows<Operand, 2, kMaxRows>(count, tile, epilogue);
    } else {
      multiply_rows<Operand, 1, kMaxRows>(count, tile, epilogue);
    }
  };
  if (panels * panel_size * static_cast<int64_t>(sizeof(T)) <= kSmallWeights) {
    for (int group = 0; group < groups; group++) {
      const int next = group + 1 < groups ? group + 1 : group;
      for (int panel = 0; panel < panels; panel++) one(group, panel, panel + 1 < panels ? group : next);
    }
  } else {
    for (int panel = 0; panel < panels; panel++) {
      for (int group = 0; group < groups; group++) one(group, panel, group + 1 < groups ? group + 1 : 0);
    }
  }
}
