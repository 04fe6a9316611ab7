// Small things: what attention is made of once a picture, and steps that other architectures are made of.

inline void mix_rows(const float* factors, const float* rows, int count, int width, float* output) {
  for (int i = 0; i < width; i += kLanes) {
    Vec sum{};
    for (int j = 0; j < count; j++)
      sum = fma(broadcast(factors[j]), load(rows + static_cast<int64_t>(j) * width + i), sum);
    store(output + i, sum);
  }
}

inline void add(const float* input, float* output, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(output + i, load(output + i) + load(input + i));
  for (; i < count; i++) output[i] += input[i];
}

inline void layer_norm(const float* input, float* output, int64_t pixels, int channels, int cp, const float* weight,
                       const float* bias) {
  normalise(input, pixels, channels, cp, [&](int64_t pixel, int vector, Vec value) {
    store(output + pixel * cp + vector * kLanes,
          fma(value, load(weight + vector * kLanes), load(bias + vector * kLanes)));
  });
}

inline void depthwise(const Rows& input, int height, int width, int cp, int kernel_height, int kernel_width,
                      const float* kernel, const float* bias, int y, float* output) {
  for (int x = 0; x < width; x++) {
    for (int c = 0; c < cp; c += kLanes) {
      Vec sum = load(bias + c);
      for (int ky = 0; ky < kernel_height; ky++) {
        const int row = y + ky - kernel_height / 2;
        if (row < 0 || row >= height) continue;
        for (int kx = 0; kx < kernel_width; kx++) {
          const int column = x + kx - kernel_width / 2;
          if (column < 0 || column >= width) continue;
          sum = fma(load(input.at(row) + static_cast<int64_t>(column) * cp + c),
                    load(kernel + (ky * kernel_width + kx) * cp + c), sum);
        }
      }
      store(output + static_cast<int64_t>(x) * cp + c, sum);
    }
  }
}
