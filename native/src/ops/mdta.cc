#include "mdta.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "run.h"

namespace nafnet {
namespace {

constexpr float kNormEpsilon = 1e-12f;  // the lower bound in torch.nn.functional.normalize

/** A border between vectors is one between groups where it is one between heads. */
std::vector<HeadGroup> head_groups(int channels, int heads, int lanes) {
  std::vector<HeadGroup> groups;
  const int per_head = channels / heads;
  const int vectors = static_cast<int>(divide_up(channels, lanes));
  int first = 0;
  for (int vector = 1; vector <= vectors; vector++) {
    if (vector < vectors && vector * lanes % per_head != 0) continue;
    groups.push_back({first, vector - first});
    first = vector;
  }
  return groups;
}

}  // namespace

bool Mdta::pack(Packer& packer, int of_channels, int of_heads, const Offsets& offsets) {
  channels = of_channels;
  heads = of_heads;
  const int lanes = packer.kernels().lanes;
  groups = head_groups(channels, heads, lanes);
  if (!packer.only_counts()) {
    const float* values = packer.weights() + offsets.temperature;
    temperature.assign(values, values + heads);
  }
  // A panel of q and k of the same channels; v as it is, in whole panels.
  const Columns query_key_columns = paired_columns(channels, 0, channels, lanes);
  Columns value_columns = plain_columns(channels, lanes);
  value_columns.resize(round_up(value_columns.size(), 2 * lanes), kNone);
  for (int& column : value_columns) column = column == kNone ? kNone : 2 * channels + column;
  const FoldedPointwise qkv = {channels, 3 * channels, offsets.qkv_kernel, offsets.qkv_bias};
  return query_key.pack(packer, qkv, offsets.qkv_dwconv_kernel, offsets.qkv_dwconv_bias, query_key_columns) &&
         value.pack(packer, qkv, offsets.qkv_dwconv_kernel, offsets.qkv_dwconv_bias, value_columns);
}

PointwiseDepthwisePass Mdta::qkv_pass(const PixelAttention& attention) const {
  const Kernels& kernels = attention.kernels;
  const FeatureMap& gated = attention.gated;
  const int64_t lanes = kernels.lanes;
  std::vector<PanelRange> ranges;
  int64_t sum_values = 0;
  for (const HeadGroup& group : groups) {
    ranges.push_back({Epilogue::kGram, &query_key, group.first, group.count, sum_values});
    sum_values += group.count * group.count * lanes * lanes + 2 * group.count * lanes;
  }
  const int value_panels = static_cast<int>(divide_up(gated.padded_channels, 2 * lanes));
  for (const PanelRange& range : panel_ranges(Epilogue::kStore, value, value_panels, kernels)) ranges.push_back(range);
  const bool prepare_all = ranges.size() > 1;
  return {.kernels = kernels,
          .input = gated,
          .output = attention.values,
          .normalise = false,
          .ranges = std::move(ranges),
          .sum_values = sum_values,
          .prepare_all = prepare_all,
          .tiling = tiling_of(gated, kernels.operand_bytes, prepare_all)};
}

/**
 * Scores of a range's channels, [channel][channels of a head]: softmax(q̂ k̂ᵀ · temperature), where q̂ and k̂ are q and k
 * divided by their L2 norms over the pixels.
 */
void Mdta::softmax(const PointwiseDepthwisePass& pass, const PanelRange& range, const double* sums,
                   float* scores) const {
  const int lanes = pass.kernels.lanes, per_head = channels / heads;
  const double* products = sums + range.sums;
  const int count = range.panels * lanes, first = range.panel * lanes;
  const double* query_squares = products + static_cast<int64_t>(count) * count;
  const double* key_squares = query_squares + count;
  const auto norm = [](double squares) { return std::max(std::sqrt(squares), double{kNormEpsilon}); };
  for (int i = first; i < std::min(first + count, channels); i++) {
    float* row = scores + static_cast<int64_t>(i) * per_head;
    const int head = i / per_head;
    double largest = -std::numeric_limits<double>::max(), total = 0;
    std::vector<double> exact(per_head);
    for (int j = 0; j < per_head; j++) {
      const int a = i - first, b = head * per_head + j - first;
      const double product = products[((a / lanes * range.panels + b / lanes) * lanes + a % lanes) * lanes + b % lanes];
      exact[j] = product / (norm(query_squares[a]) * norm(key_squares[b])) * temperature[head];
      largest = std::max(largest, exact[j]);
    }
    for (double& score : exact) total += score = std::exp(score - largest);
    for (int j = 0; j < per_head; j++) row[j] = static_cast<float>(exact[j] / total);
  }
}

/** project_out · attention. Row j has what channel j of v adds to each output channel. */
bool Mdta::make_matrix(Run& run, const PixelAttention& attention, const PointwiseDepthwisePass& pass) const {
  const AttentionProjection& project_out = attention.projection;
  const int padded_channels = project_out.padded_channels, per_head = channels / heads;
  const Allocation scores = run.memory.allocate(static_cast<uint64_t>(channels) * per_head * sizeof(float));
  const Allocation totals = run.memory.allocate(pass.sum_values * sizeof(double));
  if (!run.memory.dry()) {
    // In the order of the bands and tiles, whichever thread made them.
    std::memcpy(totals.doubles(), pass.sums, totals.bytes);
    for (int64_t rectangle = 1; rectangle < pass.tiling.rectangles(); rectangle++) {
      const double* sums = pass.sums + rectangle * pass.sum_values;
      for (int64_t i = 0; i < pass.sum_values; i++) totals.doubles()[i] += sums[i];
    }
    for (const PanelRange& range : pass.ranges) {
      if (range.epilogue == Epilogue::kGram) softmax(pass, range, totals.doubles(), scores.floats());
    }
    attention.matrix.reset(project_out);
  }
  run.memory.need_workspace((padded_channels + per_head) * sizeof(float), 0);
  const bool done = run.parallel_for(channels, 0, [&](int64_t j, int thread) {
    const int head = static_cast<int>(j) / per_head;
    float* row = reinterpret_cast<float*>(run.memory.workspace(thread).bytes);
    float* column = row + padded_channels;
    for (int i = 0; i < per_head; i++) {
      column[i] = scores.floats()[static_cast<int64_t>(head * per_head + i) * per_head + j % per_head];
    }
    pass.kernels.vector_matrix(column, project_out.row(head * per_head), per_head, padded_channels, row);
    attention.matrix.set_row(pass.kernels, static_cast<int>(j), row, padded_channels);
  });
  run.memory.free(totals);
  run.memory.free(scores);
  return done;
}

bool Mdta::run(Run& run, const PixelAttention& attention, double flops) const {
  PointwiseDepthwisePass pass = qkv_pass(attention);
  const Allocation sums = pass.allocate_sums(run);
  if (!pass.run(run, flops) || !make_matrix(run, attention, pass)) return false;
  run.memory.free(sums);
  return true;
}

}  // namespace nafnet
