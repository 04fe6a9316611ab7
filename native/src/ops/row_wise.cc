#include "row_wise.h"

#include <algorithm>

#include "program_reader.h"
#include "run.h"
#include "tiling.h"

namespace nafnet {

void RowWise::read_maps(ProgramReader& reader, const Program& program) {
  input = reader.map("input", kResult + 1, program);
  output = reader.map("output", kResult + 1, program);
}

bool RowWise::run(Run& run) const {
  const FeatureMap& from = run.map(input);
  const FeatureMap& to = run.map(output);
  const bool band_wise = from.spilled || to.spilled;
  const int band = band_wise ? std::min(band_rows(from), band_rows(to)) : 1;
  run.memory.need_workspace(
      0, band_wise ? ((band + 2 * halo()) * from.row_values() + band * to.row_values()) * sizeof(float) : 0);
  return run.parallel_for(divide_up(from.height, band), run.flops_of(*this), [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * band, y1 = std::min(from.height, y0 + band);
    float* buffer = run.memory.band_buffer(thread);
    Rows in, out;
    if (!run.rows.read(from, std::max(0, y0 - halo()), std::min(from.height, y1 + halo()), buffer, in)) return;
    if (input == output) {
      out = in;
    } else if (add != output) {
      out = run.rows.writable(to, y0, y1, buffer);
    } else if (!run.rows.read(to, y0, y1, buffer, out)) {
      return;
    }
    for (int y = y0; y < y1; y++) compute_row(from, in, y, out.at(y));
    run.rows.write(to, y0, y1, out);
  });
}

}  // namespace nafnet
