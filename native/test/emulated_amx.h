/** AMX's instructions in C++, for processors that have none: as the SDM's pseudocode defines them. */
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace emulated_amx {

struct Tiles {
  /** Undefined until they are configured, as on a processor. */
  bool configured = false;
  uint16_t row_bytes[16];
  uint8_t rows[16];
  unsigned char data[8][16][64];
};

inline Tiles& tiles() {
  static thread_local Tiles all;
  return all;
}

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("AMX: %s\n", what);
  std::abort();
}

inline void configure(const void* memory) {
  const auto* bytes = static_cast<const unsigned char*>(memory);
  Tiles& t = tiles();
  expect(bytes[0] == 1 && bytes[1] == 0, "palette 1, from row 0");
  for (int i = 2; i < 16; i++) expect(bytes[i] == 0, "reserved bytes are 0");
  std::memcpy(t.row_bytes, bytes + 16, sizeof(t.row_bytes));
  std::memcpy(t.rows, bytes + 48, sizeof(t.rows));
  for (int i = 0; i < 16; i++) {
    expect(i < 8 ? t.row_bytes[i] <= 64 && t.rows[i] <= 16 : t.row_bytes[i] == 0 && t.rows[i] == 0, "sizes of tiles");
  }
  std::memset(t.data, 0, sizeof(t.data));
  t.configured = true;
}

inline void release() { tiles().configured = false; }

inline Tiles& configured() {
  expect(tiles().configured, "used without a configuration");
  return tiles();
}

inline void zero(int tile) { std::memset(configured().data[tile], 0, sizeof(Tiles::data[tile])); }

inline void load(int tile, const void* base, int64_t stride) {
  Tiles& t = configured();
  zero(tile);
  for (int row = 0; row < t.rows[tile]; row++) {
    std::memcpy(t.data[tile][row], static_cast<const char*>(base) + row * stride, t.row_bytes[tile]);
  }
}

inline void store(int tile, void* base, int64_t stride) {
  const Tiles& t = configured();
  for (int row = 0; row < t.rows[tile]; row++) {
    std::memcpy(static_cast<char*>(base) + row * stride, t.data[tile][row], t.row_bytes[tile]);
  }
}

inline float bfloat16_at(const unsigned char* row, int index) {
  uint16_t half;
  std::memcpy(&half, row + 2 * index, sizeof(half));
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return std::fabs(value) < 1.17549435e-38f ? 0.0f : value;  // denormals are 0
}

/** sums += a · b, pairs of bfloat16 along the depth. */
inline void dpbf16ps(int sums, int a, int b) {
  Tiles& t = configured();
  expect(t.rows[sums] == t.rows[a] && t.row_bytes[a] == 4 * t.rows[b] && t.row_bytes[sums] == t.row_bytes[b],
         "sizes of a product's tiles");
  for (int m = 0; m < t.rows[sums]; m++) {
    for (int n = 0; n < t.row_bytes[sums] / 4; n++) {
      float even = 0, odd = 0, sum;
      for (int k = 0; k < t.rows[b]; k++) {
        even = std::fma(bfloat16_at(t.data[a][m], 2 * k), bfloat16_at(t.data[b][k], 2 * n), even);
        odd = std::fma(bfloat16_at(t.data[a][m], 2 * k + 1), bfloat16_at(t.data[b][k], 2 * n + 1), odd);
      }
      std::memcpy(&sum, t.data[sums][m] + 4 * n, sizeof(sum));
      sum += even + odd;
      std::memcpy(t.data[sums][m] + 4 * n, &sum, sizeof(sum));
    }
  }
}

}  // namespace emulated_amx

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#define _tile_loadconfig(memory) emulated_amx::configure(memory)
#define _tile_release() emulated_amx::release()
#define _tile_zero(tile) emulated_amx::zero(tile)
#define _tile_loadd(tile, base, stride) emulated_amx::load(tile, base, stride)
#define _tile_stored(tile, base, stride) emulated_amx::store(tile, base, stride)
#define _tile_dpbf16ps(sums, a, b) emulated_amx::dpbf16ps(sums, a, b)
