/**
 * NAFBlock (arXiv 2204.04676, section 3 and figure 3; reference: basicsr/models/archs/NAFNet_arch.py), in place on its
 * map:
 *
 *     y = x + beta · conv3(attention(gate(conv2(conv1(norm1(x))))))
 *     x = y + gamma · conv5(gate(conv4(norm2(y))))
 *
 * A pointwise-depthwise pass makes the gated map, attention is computed, a project-ffn pass does the rest. Attention is
 * SCA, TLC (SCA with a window) or MDTA.
 */
#pragma once

#include "attention.h"
#include "operation.h"
#include "pointwise_depthwise.h"
#include "project_ffn.h"
#include "mdta.h"

namespace nafnet {

enum class Attention { kSca = 0, kMdta = 1 };

/** A block's weights in the program's order; from kScaKernel on they belong to one attention or the other. */
// clang-format off
enum BlockWeight {
  kNorm1Weight, kNorm1Bias, kConv1Kernel, kConv1Bias, kConv2Kernel, kConv2Bias,
  kConv3Kernel, kConv3Bias, kNorm2Weight, kNorm2Bias, kConv4Kernel, kConv4Bias,
  kConv5Kernel, kConv5Bias, kBeta, kGamma,
  kScaKernel, kScaBias,
  kTemperature, kQkvKernel, kQkvBias, kQkvDwconvKernel, kQkvDwconvBias, kProjectOutKernel, kProjectOutBias,
  kBlockWeights
};
// clang-format on

struct NafBlock final : Operation {
  static constexpr int kCode = 6;

  Attention attention = Attention::kSca;
  int heads = 1;
  /** TLC's window; 0: the mean over the whole map. */
  int window_height = 0, window_width = 0;
  /** Offsets into the program's weights by BlockWeight, or kNone. */
  int weights[kBlockWeights] = {};

  NafBlock() : Operation(kCode) {}

  void read(ProgramReader& reader, const Program& program) override;
  bool pack(Packer& packer, const Program& program) override;
  bool run(Run& run) const override;
  int intermediates_like() const override { return input; }

 private:
  bool pack_attention(Packer& packer, int channels);
  PointwiseDepthwisePass gate_pass(const FeatureMap& x, const FeatureMap& gated) const;

  /** norm1, conv1, conv2. */
  PointwiseDepthwiseWeights gate_weights_;
  ProjectFfnWeights ffn_weights_;
  /** SCA's convolution, or MDTA's project_out. */
  AttentionProjection projection_;
  Mdta mdta_;
};

}  // namespace nafnet
