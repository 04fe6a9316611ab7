// Matrix products by AMX (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18): tiles of
// 16 rows of 64 bytes. Two tiles of pixels times two of weights, which are a panel as AVX512-BF16 packs it, give four
// tiles of sums: all eight registers.

/** Operand of LDTILECFG: shapes of the tiles. */
struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileConfiguration kTileConfiguration;

/** Sums of 32 pixels by 32 output channels. */
struct alignas(64) TileSums {
  float values[32][32];
};

/** 32 pixels times a panel; the tiles are configured. @param depth a multiple of 32 */
inline void multiply_tile(const uint16_t* a, int64_t stride, const uint16_t* weights, int depth, TileSums& sums) {
  constexpr int kDepth = 32, kPanelBytes = 128;
  const int64_t row_bytes = stride * 2;
  // GCC's intrinsics do not say that they read memory: what has been written is to be there.
  asm volatile("" : : "r"(a), "r"(weights) : "memory");
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int k = 0; k < depth; k += kDepth) {
    const uint16_t* w = weights + static_cast<int64_t>(k) * 32;
    _tile_loadd(4, a + k, row_bytes);
    _tile_loadd(6, w, kPanelBytes);
    _tile_loadd(7, w + 32, kPanelBytes);
    _tile_loadd(5, a + 16 * stride + k, row_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, &sums.values[0][0], sizeof(sums.values[0]));
  _tile_stored(1, &sums.values[0][16], sizeof(sums.values[0]));
  _tile_stored(2, &sums.values[16][0], sizeof(sums.values[0]));
  _tile_stored(3, &sums.values[16][16], sizeof(sums.values[0]));
  asm volatile("" : : "r"(&sums) : "memory");
}

/** Whether the unit computes what it should: small integers, which bfloat16 and float32 hold exactly. */
inline bool tiles_work() {
  constexpr int kDepth = 64;
  alignas(64) uint16_t a[32][kDepth], weights[kDepth / 2][32][2];
  const auto a_value = [](int pixel, int k) { return (pixel * 3 + k) % 7 - 3; };
  const auto weight_value = [](int k, int channel) { return (k * 5 + channel) % 9 - 4; };
  const auto as_bfloat16 = [](int value) {
    const float number = static_cast<float>(value);
    uint32_t bits;
    std::memcpy(&bits, &number, sizeof(bits));
    return static_cast<uint16_t>(bits >> 16);
  };
  for (int k = 0; k < kDepth; k++) {
    for (int i = 0; i < 32; i++) {
      a[i][k] = as_bfloat16(a_value(i, k));
      weights[k / 2][i][k % 2] = as_bfloat16(weight_value(k, i));
    }
  }
  TileSums sums;
  _tile_loadconfig(&kTileConfiguration);
  // A panel's row has its first 16 output channels, then the others: as [channel][2] in order.
  multiply_tile(a[0], kDepth, weights[0][0], kDepth, sums);
  _tile_release();
  for (int pixel = 0; pixel < 32; pixel++) {
    for (int channel = 0; channel < 32; channel++) {
      int expected = 0;
      for (int k = 0; k < kDepth; k++) expected += a_value(pixel, k) * weight_value(k, channel);
      if (sums.values[pixel][channel] != static_cast<float>(expected)) return false;
    }
  }
  return true;
}

/** `peak` for tiles: as many operations an iteration, see nafnet_peak_gflops. */
inline void tile_peak(int64_t iterations) {
  constexpr int64_t kPerTile = int64_t{16} * 16 * 32;
  const int64_t products = iterations * kPeakChains * kLanes * 2 / kPerTile;
  _tile_loadconfig(&kTileConfiguration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (int64_t i = 0; i < products; i += 4) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

/** Operands of matrix products by tiles, and by AVX512-BF16 where there are too few pixels. */
struct TiledBfloat16 : Bfloat16 {
  static constexpr int kTileRows = 32;

  /** Whether the table may be used, see kernels_amxbf16. */
  static bool works() { return tiles_work(); }
  static void peak(int64_t iterations) { tile_peak(iterations); }

  /** See `gemm`. @return false where it is not worth it or would read past the rows */
  template <class Product, class RowEpilogue>
  static bool multiply_tiles(const Product& product, RowEpilogue& epilogue) {
    const int rows = product.rows, vectors = product.vectors, depth = product.depth;
    if (rows < kTileRows || vectors % 2 != 0 || depth % 32 != 0) return false;
    const int first_panel = product.first_panel;
    const int64_t stride = product.stride;
    _tile_loadconfig(&kTileConfiguration);
    TileSums sums;
    for (int panel = first_panel; panel < first_panel + vectors / 2; panel++) {
      const T* weights =
          static_cast<const T*>(product.packed.weights) + static_cast<int64_t>(panel) * 2 * kLanes * depth;
      const float* bias = product.packed.bias + panel * 2 * kLanes;
      const Vec first_bias = NAFNET_TABLE::load(bias), second_bias = NAFNET_TABLE::load(bias + kLanes);
      for (int done = 0; done < rows;) {
        // The last tile begins earlier: some of its rows have been done.
        const int row = done + kTileRows <= rows ? done : rows - kTileRows;
        multiply_tile(product.a + row * stride, stride, weights, depth, sums);
        for (; done < row + kTileRows; done++) {
          const float* from = sums.values[done - row];
          const Vec of_row[2] = {NAFNET_TABLE::load(from) + first_bias,
                                 NAFNET_TABLE::load(from + kLanes) + second_bias};
          epilogue(done, panel, of_row);
        }
      }
    }
    _tile_release();
    return true;
  }
};
