// The sums that MDTA's attention is made of: products of queries and keys over the pixels, and their squares.

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
