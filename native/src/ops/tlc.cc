#include "tlc.h"

#include "run.h"

namespace nafnet {
namespace {

/** Rows for the kernel: of a map in the scratch file one at a time, in a buffer of three. */
struct RowSource {
  MapRows& rows;
  const FeatureMap& input;
  const FeatureMap& output;
  float* buffer;

  /** @param slot 0 and 1 for rows of the input, 2 for one of the output */
  float* at(int slot) const { return buffer + slot * input.row_values(); }

  const void* read(int y, int slot) const {
    float* band = at(slot);
    Rows in;
    return rows.read(input, y, y + 1, band, in) ? in.at(y) : nullptr;
  }
  Rows writable(int y) const {
    float* band = at(2);
    return rows.writable(output, y, y + 1, band);
  }
  bool write(int y) const { return rows.write(output, y, y + 1, writable(y)); }
};

}  // namespace

bool Tlc::local_means(Run& run, const PixelAttention& attention, double flops) const {
  const Kernels& kernels = attention.kernels;
  const FeatureMap& gated = attention.gated;
  // From the scratch file every row is read twice and by one thread; in memory each thread takes some channels.
  const bool spilled = gated.spilled;
  const int channels = spilled ? gated.padded_channels : kernels.lanes;
  LocalMean common = {};
  common.height = gated.height;
  common.width = gated.width;
  common.padded_channels = gated.padded_channels;
  common.window_height = window_height;
  common.window_width = window_width;
  common.channels = channels;
  common.row = [](void* source, int y, int slot) { return static_cast<const RowSource*>(source)->read(y, slot); };
  common.begin_row = [](void* source, int y) -> void* {
    return static_cast<const RowSource*>(source)->writable(y).at(y);
  };
  common.end_row = [](void* source, int y) { return static_cast<const RowSource*>(source)->write(y); };
  run.memory.need_workspace(kernels.local_mean_workspace(common), spilled ? 3 * gated.row_values() * sizeof(float) : 0);
  return run.parallel_for(gated.padded_channels / channels, flops, [&](int64_t index, int thread) {
    RowSource source = {run.rows, gated, attention.values, spilled ? run.memory.band_buffer(thread) : nullptr};
    LocalMean item = common;
    item.channel = static_cast<int>(index) * channels;
    item.context = &source;
    kernels.local_mean(item, run.memory.workspace(thread));
  });
}

bool Tlc::run(Run& run, const PixelAttention& attention, double flops) const {
  if (!local_means(run, attention, flops)) return false;
  if (run.memory.dry()) return true;
  const AttentionProjection& projection = attention.projection;
  attention.matrix.reset(projection);
  for (int k = 0; k < projection.channels; k++) {
    attention.matrix.set_row(attention.kernels, k, projection.row(k), projection.padded_channels);
  }
  return true;
}

}  // namespace nafnet
