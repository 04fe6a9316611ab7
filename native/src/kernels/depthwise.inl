// A depthwise convolution of any odd size by itself, see DepthwiseRow in kernels.h.

inline void depthwise_row(const DepthwiseRow& d) {
  const int padded_channels = d.padded_channels;
  for (int x = 0; x < d.width; x++) {
    for (int c = 0; c < padded_channels; c += kLanes) {
      Vec sum = load(d.bias + c);
      for (int ky = 0; ky < d.kernel_height; ky++) {
        const int row = d.y + ky - d.kernel_height / 2;
        if (row < 0 || row >= d.height) continue;
        for (int kx = 0; kx < d.kernel_width; kx++) {
          const int column = x + kx - d.kernel_width / 2;
          if (column < 0 || column >= d.width) continue;
          sum = fma(load(d.input.at(row) + static_cast<int64_t>(column) * padded_channels + c),
                    load(d.kernel + (ky * d.kernel_width + kx) * padded_channels + c), sum);
        }
      }
      store(d.output + static_cast<int64_t>(x) * padded_channels + c, sum);
    }
  }
}
