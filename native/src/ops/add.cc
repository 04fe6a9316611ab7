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

void Add::compute_row(const FeatureMap& map, const Rows& in, int y, float* out) const {
  kernels->add(in.at(y), out, map.row_values());
}

}  // namespace nafnet
