#include "sca.h"

namespace nafnet {

void sca_factors(const Kernels& kernels, const AttentionProjection& projection, const double* sums, int64_t rectangles,
                 double pixels, float* factors) {
  const int padded_channels = projection.padded_channels;
  float* means = factors + padded_channels;
  for (int i = 0; i < padded_channels; i++) {
    double sum = 0;
    for (int64_t rectangle = 0; rectangle < rectangles; rectangle++) sum += sums[rectangle * padded_channels + i];
    means[i] = static_cast<float>(sum / pixels);
  }
  kernels.vector_matrix(means, projection.kernel.floats(), projection.channels, padded_channels, factors);
  for (int i = 0; i < padded_channels; i++) factors[i] += projection.bias.floats()[i];
}

}  // namespace nafnet
