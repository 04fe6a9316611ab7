#include "pointwise_depthwise.h"

#include <algorithm>
#include <cstring>

#include "run.h"

namespace nafnet {

bool PointwiseDepthwiseWeights::pack(Packer& packer, const FoldedPointwise& convolution, int kernel, int bias,
                                     const Columns& columns) {
  return packer.pointwise(pointwise, convolution, columns) &&
         packer.depthwise3x3(depthwise, kernel, bias, convolution.kernel_columns, columns);
}

std::vector<PanelRange> panel_ranges(Epilogue epilogue, const PointwiseDepthwiseWeights& weights, int panels,
                                     const Kernels& kernels) {
  std::vector<PanelRange> ranges;
  for (int panel = 0; panel < panels; panel += kernels.batch_panels) {
    ranges.push_back({epilogue, &weights, panel, std::min(kernels.batch_panels, panels - panel), 0});
  }
  return ranges;
}

Allocation PointwiseDepthwisePass::allocate_sums(Run& run) {
  const Allocation allocation = run.memory.allocate(tiling.rectangles() * sum_values * sizeof(double));
  if (!run.memory.dry()) {
    std::memset(allocation.data, 0, allocation.bytes);
    sums = allocation.doubles();
  }
  return allocation;
}

PointwiseDepthwise PointwiseDepthwisePass::arguments(const PanelRange& range, int band, int tile, int64_t phase) const {
  const int64_t rectangle = static_cast<int64_t>(band) * tiling.tiles + tile;
  PointwiseDepthwise p = {};
  p.height = input.height;
  p.width = input.width;
  p.channels = input.channels;
  p.padded_channels = input.padded_channels;
  p.y0 = band * tiling.rows;
  p.y1 = std::min(input.height, p.y0 + tiling.rows);
  p.x0 = tile * tiling.columns;
  p.x1 = std::min(input.width, p.x0 + tiling.columns);
  p.normalise = normalise;
  p.pointwise = range.weights->pointwise.view();
  p.depthwise = range.weights->depthwise.floats();
  p.panel = range.panel;
  p.panels = range.panels;
  p.epilogue = range.epilogue;
  if (sums != nullptr) p.sums = sums + rectangle * sum_values + range.sums;
  p.key = phase << 40 | rectangle;
  p.prepare_all = prepare_all;
  return p;
}

size_t PointwiseDepthwisePass::workspace_bytes() const {
  size_t bytes = 0;
  for (const PanelRange& range : ranges) {
    // The largest item: from the middle of the picture, where it has neighbours on all sides.
    for (const int band : {0, tiling.bands / 2}) {
      for (const int tile : {0, tiling.tiles / 2}) {
        bytes = std::max(bytes, kernels.pointwise_depthwise_workspace(arguments(range, band, tile, 0)));
      }
    }
  }
  return bytes;
}

bool PointwiseDepthwisePass::run(Run& run, double flops) const {
  const bool band_wise = input.spilled || output.spilled;
  const int64_t band_values = (2 * tiling.rows + 2) * input.row_values();
  run.memory.need_workspace(workspace_bytes(), band_wise ? band_values * sizeof(float) : 0);
  return band_wise ? run_in_bands(run, flops) : run_in_memory(run, flops);
}

bool PointwiseDepthwisePass::run_in_memory(Run& run, double flops) const {
  // Ranges of one rectangle follow each other: a thread that gets the next one has its input prepared.
  const int64_t count = static_cast<int64_t>(ranges.size());
  return run.parallel_for(tiling.rectangles() * count, flops, [&](int64_t index, int thread) {
    const int64_t rectangle = index / count;
    const int band = static_cast<int>(rectangle / tiling.tiles), tile = static_cast<int>(rectangle % tiling.tiles);
    PointwiseDepthwise p = arguments(ranges[index % count], band, tile, run.phase());
    p.input = input.rows();
    p.output = output.rows();
    kernels.pointwise_depthwise(p, run.memory.workspace(thread));
  });
}

bool PointwiseDepthwisePass::run_in_bands(Run& run, double flops) const {
  run.note_bands(tiling.bands);
  return run.parallel_for(tiling.bands, flops, [&](int64_t index, int thread) {
    const int band = static_cast<int>(index), y0 = band * tiling.rows;
    const int y1 = std::min(input.height, y0 + tiling.rows);
    float* buffer = run.memory.band_buffer(thread);
    Rows in;
    if (!run.rows.read(input, std::max(0, y0 - 1), std::min(input.height, y1 + 1), buffer, in)) return;
    const Rows out = run.rows.writable(output, y0, y1, buffer);
    for (int tile = 0; tile < tiling.tiles; tile++) {
      for (const PanelRange& range : ranges) {
        PointwiseDepthwise p = arguments(range, band, tile, run.phase());
        p.input = in;
        p.output = out;
        kernels.pointwise_depthwise(p, run.memory.workspace(thread));
      }
    }
    run.rows.write(output, y0, y1, out);
  });
}

}  // namespace nafnet
