/**
 * SCA, simplified channel attention (arXiv 2204.04676, section 3.4): a factor for each channel, from the means over the
 * picture.
 */
#pragma once

#include <cstdint>

#include "attention.h"

namespace nafnet {

/**
 * The means of all pixels times the projection.
 *
 * @param sums sums of each channel over a rectangle of the picture, [rectangles][padded channels]; added in their order
 * @param pixels of the picture
 * @param factors receives [padded channels]; as many values behind are used meanwhile
 */
void sca_factors(const Kernels& kernels, const AttentionProjection& projection, const double* sums, int64_t rectangles,
                 double pixels, float* factors);

}  // namespace nafnet
