#include "layer_norm.h"

#include "packing.h"
#include "program_reader.h"

namespace nafnet {

void LayerNorm::read(ProgramReader& reader, const Program& program) {
  read_maps(reader, program);
  const int channels = reader.next("channels", 1, kMaxChannels);
  weight = reader.weight("weight", channels);
  bias = reader.weight("bias", channels);
  if (reader.failed()) return;
  reader.expect(program.maps[input].channels == channels && same_shape(program.maps[input], program.maps[output]),
                "maps of the weight's channels");
}

bool LayerNorm::pack(Packer& packer, const Program& program) {
  const int channels = program.maps[input].channels;
  const int padded = static_cast<int>(round_up(channels, kernels->lanes));
  return packer.vector(packed_weight_, weight, channels, padded) && packer.vector(packed_bias_, bias, channels, padded);
}

void LayerNorm::compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const {
  kernels->layer_norm({.input = in.at(y),
                       .output = out,
                       .pixels = map.width,
                       .channels = map.channels,
                       .padded_channels = map.padded_channels,
                       .weight = packed_weight_.floats(),
                       .bias = packed_bias_.floats()});
}

}  // namespace nafnet
