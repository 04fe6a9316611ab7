#include "add.h"

#include "program_reader.h"

namespace nafnet {

void Add::read(ProgramReader& reader, const Program& program) {
  read_maps(reader, program);
  if (reader.failed()) return;
  add = output;
  reader.expect(input != output && same_shape(program.maps[input], program.maps[output]), "two maps of one shape");
}

bool Add::pack(Packer&, const Program&) { return true; }

double Add::flops(const Program& program, Size padded) const {
  return program.pixels(input, padded) * program.maps[input].channels;
}

void Add::compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const {
  kernels->add(in.at(y), out, map.row_values());
}

}  // namespace nafnet
