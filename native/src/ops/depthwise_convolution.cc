#include "depthwise_convolution.h"

#include "packing.h"
#include "program_reader.h"

namespace nafnet {

void DepthwiseConvolution::read(ProgramReader& reader, const Program& program) {
  read_maps(reader, program);
  kernel_height = reader.next("kernel height", 1, kMaxKernel);
  kernel_width = reader.next("kernel width", 1, kMaxKernel);
  const int channels = reader.next("channels", 1, kMaxChannels);
  kernel = reader.weight("kernel", int64_t{kernel_height} * kernel_width * channels);
  bias = reader.weight("bias", channels, true);
  if (reader.failed()) return;
  reader.expect(input != output && program.maps[input].channels == channels &&
                    same_shape(program.maps[input], program.maps[output]),
                "two maps of the kernel's channels");
}

bool DepthwiseConvolution::pack(Packer& packer, const Program& program) {
  const int channels = program.maps[input].channels;
  const int padded = static_cast<int>(round_up(channels, kernels->lanes));
  return packer.rows(packed_kernel_, kernel, kernel_height * kernel_width, channels, padded) &&
         packer.vector(packed_bias_, bias, channels, padded);
}

void DepthwiseConvolution::compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const {
  kernels->depthwise_row({.input = in,
                          .height = map.height,
                          .width = map.width,
                          .padded_channels = map.padded_channels,
                          .kernel_height = kernel_height,
                          .kernel_width = kernel_width,
                          .kernel = packed_kernel_.floats(),
                          .bias = packed_bias_.floats(),
                          .y = y,
                          .output = out});
}

}  // namespace nafnet
