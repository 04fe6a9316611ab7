#include "project_ffn.h"

#include <algorithm>

#include "run.h"
#include "tiling.h"

namespace nafnet {

bool ProjectFfnPass::run(Run& run, double flops) const {
  const bool band_wise = x.spilled || gated.spilled || (values != nullptr && values->spilled);
  const int rows = band_rows(x);
  run.memory.need_workspace(kernels.project_ffn_workspace(x.padded_channels),
                            band_wise ? 3 * rows * x.row_values() * sizeof(float) : 0);
  return band_wise ? run_in_bands(run, rows, flops) : run_in_memory(run, flops);
}

ProjectFfn ProjectFfnPass::arguments() const {
  ProjectFfn p = {};
  p.channels = x.channels;
  p.padded_channels = x.padded_channels;
  p.scale = scale;
  p.conv3 = weights.conv3.view();
  p.conv4 = weights.conv4.view();
  p.conv5 = weights.conv5.view();
  if (attention != nullptr) p.attention = attention->view();
  return p;
}

bool ProjectFfnPass::run_in_memory(Run& run, double flops) const {
  const ProjectFfn common = arguments();
  const int64_t pixels = static_cast<int64_t>(x.height) * x.width;
  const int64_t tile = kernels.project_ffn_tile_pixels(x.padded_channels);
  return run.parallel_for(divide_up(pixels, tile), flops, [&](int64_t index, int thread) {
    const int64_t first = index * tile, first_value = first * x.padded_channels;
    ProjectFfn p = common;
    p.pixels = std::min(tile, pixels - first);
    p.x = x.allocation.floats() + first_value;
    p.gated = gated.allocation.data + first_value * gated.value_bytes;
    if (values != nullptr) p.values = values->allocation.data + first_value * values->value_bytes;
    kernels.project_ffn(p, run.memory.workspace(thread));
  });
}

bool ProjectFfnPass::run_in_bands(Run& run, int rows, double flops) const {
  const ProjectFfn common = arguments();
  return run.parallel_for(divide_up(x.height, rows), flops, [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * rows, y1 = std::min(x.height, y0 + rows);
    float* buffer = run.memory.band_buffer(thread);
    Rows x_rows, gated_rows, value_rows = {};
    if (!run.rows.read(x, y0, y1, buffer, x_rows) || !run.rows.read(gated, y0, y1, buffer, gated_rows)) return;
    if (values != nullptr && !run.rows.read(*values, y0, y1, buffer, value_rows)) return;
    ProjectFfn p = common;
    p.pixels = static_cast<int64_t>(y1 - y0) * x.width;
    p.x = x_rows.at(y0);
    p.gated = gated_rows.at(y0);
    if (values != nullptr) p.values = value_rows.at(y0);
    kernels.project_ffn(p, run.memory.workspace(thread));
    run.rows.write(x, y0, y1, x_rows);
  });
}

}  // namespace nafnet
