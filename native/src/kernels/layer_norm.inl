// LayerNorm2d over the channels of each pixel: biased variance, 1e-6 inside the root (arXiv 2204.04676; the reference
// implementation's LayerNorm2d). Two passes: the variance is of differences from the mean, as PyTorch computes it.

constexpr float kEpsilon = 1e-6f;

/**
 * Normalises kLanes pixels (or fewer) at a time, so that the sums across lanes are shared between them.
 *
 * @param put called as put(pixel, vector, value) with (x - mean) / sqrt(variance + epsilon)
 */
template <class Put>
inline void normalise(const float* x, int64_t pixels, int channels, int padded_channels, Put&& put) {
  const int vectors = padded_channels / kLanes;
  const float inverse = 1.0f / static_cast<float>(channels);
  const Vec last_mask = channel_mask(padded_channels - kLanes, channels);
  const bool padded = channels != padded_channels;
  for (int64_t first = 0; first < pixels; first += kLanes) {
    const int count = static_cast<int>(pixels - first < kLanes ? pixels - first : kLanes);
    const float* group = x + first * padded_channels;
    Vec partial[kLanes];
    float means[kLanes], scales[kLanes];
    for (int p = 0; p < kLanes; p++) {
      const float* pixel = group + static_cast<int64_t>(p < count ? p : 0) * padded_channels;
      Vec sum = load(pixel);
      for (int v = 1; v < vectors; v++) sum += load(pixel + v * kLanes);
      partial[p] = sum;
    }
    store(means, lane_sums(partial) * inverse);
    for (int p = 0; p < kLanes; p++) {
      const float* pixel = group + static_cast<int64_t>(p < count ? p : 0) * padded_channels;
      const Vec mean = broadcast(means[p]);
      Vec sum{};
      for (int v = 0; v < vectors - 1; v++) {
        const Vec difference = load(pixel + v * kLanes) - mean;
        sum = fma(difference, difference, sum);
      }
      Vec difference = load(pixel + padded_channels - kLanes) - mean;
      if (padded) difference *= last_mask;
      partial[p] = fma(difference, difference, sum);
    }
    const Vec variance = lane_sums(partial) * inverse + broadcast(kEpsilon);
    for (int p = 0; p < kLanes; p++) scales[p] = 1.0f / __builtin_sqrtf(variance[p]);
    for (int p = 0; p < count; p++) {
      const float* pixel = group + static_cast<int64_t>(p) * padded_channels;
      const Vec mean = broadcast(means[p]), scale = broadcast(scales[p]);
      for (int v = 0; v < vectors; v++) put(first + p, v, (load(pixel + v * kLanes) - mean) * scale);
    }
  }
}

inline void layer_norm(const LayerNormPixels& l) {
  normalise(l.input, l.pixels, l.channels, l.padded_channels, [&](int64_t pixel, int vector, Vec value) {
    store(l.output + pixel * l.padded_channels + vector * kLanes,
          fma(value, load(l.weight + vector * kLanes), load(l.bias + vector * kLanes)));
  });
}
