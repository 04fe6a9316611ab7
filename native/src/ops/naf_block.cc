#include "naf_block.h"

#include "sca.h"
#include "tlc.h"
#include "program_reader.h"
#include "run.h"

namespace nafnet {
namespace {

/** With fewer items of the gate's pass, panels of one rectangle go to several threads. */
constexpr int kEnoughItems = 16;

/** Values of each weight. */
void weight_counts(int64_t c, int64_t heads, int64_t (&counts)[kBlockWeights]) {
  counts[kNorm1Weight] = counts[kNorm1Bias] = counts[kNorm2Weight] = counts[kNorm2Bias] = c;
  counts[kConv1Kernel] = counts[kConv4Kernel] = 2 * c * c;
  counts[kConv1Bias] = counts[kConv2Bias] = counts[kConv4Bias] = 2 * c;
  counts[kConv2Kernel] = 9 * 2 * c;
  counts[kConv3Kernel] = counts[kConv5Kernel] = counts[kScaKernel] = counts[kProjectOutKernel] = c * c;
  counts[kConv3Bias] = counts[kConv5Bias] = counts[kScaBias] = counts[kProjectOutBias] = c;
  counts[kBeta] = counts[kGamma] = c;
  counts[kTemperature] = heads;
  counts[kQkvKernel] = 3 * c * c;
  counts[kQkvBias] = counts[kQkvDwconvBias] = 3 * c;
  counts[kQkvDwconvKernel] = 9 * 3 * c;
}

}  // namespace

void NafBlock::read(ProgramReader& reader, const Program& program) {
  input = output = reader.map("map", kResult + 1, program);
  attention = static_cast<Attention>(reader.next("attention", 0, 1));
  heads = reader.next("heads", 1, kMaxChannels);
  window_height = reader.next("window height", 0, INT32_MAX);
  window_width = reader.next("window width", 0, INT32_MAX);
  if (reader.failed()) return;
  const int channels = program.maps[input].channels;
  const bool mdta = attention == Attention::kMdta;
  reader.expect(!mdta || channels % heads == 0, "channels that the heads divide");
  reader.expect((window_height == 0) == (window_width == 0), "a window with both sides, or none");
  int64_t counts[kBlockWeights];
  weight_counts(channels, heads, counts);
  for (int i = 0; i < kBlockWeights; i++) {
    const bool of_sca = i == kScaKernel || i == kScaBias;
    const bool used = i < kScaKernel || of_sca != mdta;
    const bool optional = i == kQkvBias || i == kQkvDwconvBias || i == kProjectOutBias;
    weights[i] = used ? reader.weight("a weight of a block", counts[i], optional)
                      : reader.next("an unused weight", kNone, INT32_MAX);
  }
}

bool NafBlock::pack(Packer& packer, const Program& program) {
  const int c = program.maps[input].channels, lanes = kernels->lanes;
  const Columns plain = plain_columns(c, lanes), gate = paired_columns(c, 0, c, lanes);
  const int* w = weights;
  const FoldedPointwise conv1 = {.channels = c,
                                 .kernel_columns = 2 * c,
                                 .kernel = w[kConv1Kernel],
                                 .bias = w[kConv1Bias],
                                 .input_scale = w[kNorm1Weight],
                                 .input_shift = w[kNorm1Bias]};
  const FoldedPointwise conv3 = {
      .channels = c, .kernel_columns = c, .kernel = w[kConv3Kernel], .bias = w[kConv3Bias], .output_scale = w[kBeta]};
  const FoldedPointwise conv4 = {.channels = c,
                                 .kernel_columns = 2 * c,
                                 .kernel = w[kConv4Kernel],
                                 .bias = w[kConv4Bias],
                                 .input_scale = w[kNorm2Weight],
                                 .input_shift = w[kNorm2Bias]};
  const FoldedPointwise conv5 = {
      .channels = c, .kernel_columns = c, .kernel = w[kConv5Kernel], .bias = w[kConv5Bias], .output_scale = w[kGamma]};
  return gate_weights_.pack(packer, conv1, w[kConv2Kernel], w[kConv2Bias], gate) &&
         packer.pointwise(ffn_weights_.conv3, conv3, plain) && packer.pointwise(ffn_weights_.conv4, conv4, gate) &&
         packer.pointwise(ffn_weights_.conv5, conv5, plain) && pack_attention(packer, c);
}

bool NafBlock::pack_attention(Packer& packer, int channels) {
  if (attention == Attention::kSca) {
    return projection_.pack(packer, channels, weights[kScaKernel], weights[kScaBias]);
  }
  const Mdta::Offsets offsets = {.temperature = weights[kTemperature],
                                 .qkv_kernel = weights[kQkvKernel],
                                 .qkv_bias = weights[kQkvBias],
                                 .qkv_dwconv_kernel = weights[kQkvDwconvKernel],
                                 .qkv_dwconv_bias = weights[kQkvDwconvBias]};
  return projection_.pack(packer, channels, weights[kProjectOutKernel], weights[kProjectOutBias]) &&
         mdta_.pack(packer, channels, heads, offsets);
}

PointwiseDepthwisePass NafBlock::gate_pass(const FeatureMap& x, const FeatureMap& gated) const {
  const int panels = x.padded_channels / kernels->lanes;
  std::vector<PanelRange> ranges = panel_ranges(Epilogue::kGate, gate_weights_, panels, *kernels);
  const bool prepare_all = ranges.size() > 1;
  const Tiling tiling = tiling_of(x, kernels->operand_bytes, prepare_all);
  if (tiling.rectangles() >= kEnoughItems) ranges = {{Epilogue::kGate, &gate_weights_, 0, panels, 0}};
  return {.kernels = *kernels,
          .input = x,
          .output = gated,
          .normalise = true,
          .ranges = std::move(ranges),
          .sum_values = x.padded_channels,
          .prepare_all = prepare_all,
          .tiling = tiling};
}

bool NafBlock::run(Run& run) const {
  const FeatureMap& x = run.map(input);
  const Tlc tlc = {window_height, window_width};
  const bool mdta = attention == Attention::kMdta, local = !mdta && tlc.is_local(x), has_values = mdta || local;
  const FeatureMap& gated = run.open_intermediate(0, x);
  const FeatureMap* values = has_values ? &run.open_intermediate(1, x) : nullptr;

  // Parts of the block's work, for progress: of 6 c² the first pass has 2 (MDTA: of 10 c² another 3).
  const double flops = run.flops_of(*this);
  const double gate_flops = flops * (mdta ? 0.2 : 0.33), attention_flops = flops * (mdta ? 0.3 : 0.01);

  PointwiseDepthwisePass gate = gate_pass(x, gated);
  const Allocation sums = gate.allocate_sums(run);
  if (!gate.run(run, gate_flops)) return false;

  const Allocation scale = run.memory.allocate(2 * x.padded_channels * sizeof(float));
  RuntimeMatrix matrix;
  if (has_values) matrix = RuntimeMatrix::allocate(run, *kernels, x.padded_channels);
  if (has_values) {
    const PixelAttention pixels = {*kernels, gated, projection_, *values, matrix};
    const bool done = mdta ? mdta_.run(run, pixels, attention_flops) : tlc.run(run, pixels, attention_flops);
    if (!done) return false;
  } else if (!run.memory.dry()) {
    const double pixels = static_cast<double>(x.height) * x.width;
    sca_factors(*kernels, projection_, sums.doubles(), gate.tiling.rectangles(), pixels, scale.floats());
    run.add_progress(attention_flops);
  }

  const ProjectFfnPass rest = {.kernels = *kernels,
                               .weights = ffn_weights_,
                               .x = x,
                               .gated = gated,
                               .values = values,
                               .attention = has_values ? &matrix : nullptr,
                               .scale = scale.floats()};
  if (!rest.run(run, flops - gate_flops - attention_flops)) return false;
  if (has_values) matrix.free(run);
  run.memory.free(scale);
  run.memory.free(sums);
  return true;
}

}  // namespace nafnet
