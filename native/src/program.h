/** A network as steps on feature maps: what src/engine/fused/Program.ts writes, read and checked. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nafnet {

/** The picture and the result are maps too; their channels are not padded. */
constexpr int kPicture = 0;
constexpr int kResult = 1;
/** No map, no weight. */
constexpr int kNone = -1;

struct MapShape {
  int channels;
  /** Height and width are the padded picture's divided by it. */
  int divisor;
};

/** 4 and 7 were steps without a caller: a gate and a PixelShuffle by themselves. */
enum class StepKind {
  kConvolution = 1,
  kDepthwise = 2,
  kLayerNorm = 3,
  kAdd = 5,
  kNafBlock = 6,
};

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

/** One step; which fields mean something depends on its kind. */
struct Step {
  StepKind kind;
  int input = kNone, output = kNone, add = kNone;
  int kernel_height = 0, kernel_width = 0, stride = 1, padding = 0, shuffle = 1;
  int input_channels = 0, output_channels = 0;
  /** Offsets into the weights, or kNone. */
  int kernel = kNone, bias = kNone;
  Attention attention = Attention::kSca;
  int heads = 1, window_height = 0, window_width = 0;
  int block[kBlockWeights] = {};
};

struct Program {
  int image_channels = 0, padding_multiple = 1;
  std::vector<MapShape> maps;
  std::vector<Step> steps;
};

/** @return an empty string, or what is wrong with the program */
std::string read_program(const int32_t* code, size_t length, size_t weight_count, Program& program);

}  // namespace nafnet
