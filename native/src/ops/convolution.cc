#include "convolution.h"

#include <algorithm>

#include "program_reader.h"
#include "run.h"
#include "tiling.h"

namespace nafnet {
namespace {

/** Pixels of a row that are gathered at a time. */
constexpr int kColumns = 168;
/** Most rows of an item in memory, and items that there are to be at least, for several threads. */
constexpr int kMostRows = 8, kItems = 32;

Rows picture_rows(const Run& run, const float* values) {
  const nafnet_run_args& args = run.args();
  return {const_cast<float*>(values), static_cast<int64_t>(args.width) * run.program().image_channels, 0};
}

}  // namespace

void Convolution::read(ProgramReader& reader, const Program& program) {
  input = reader.map("input", kPicture, program);
  output = reader.map("output", kResult, program);
  add = reader.map("add", kNone, program);
  kernel_height = reader.next("kernel height", 1, kMaxKernel);
  kernel_width = reader.next("kernel width", 1, kMaxKernel);
  stride = reader.next("stride", 1, kMaxKernel);
  padding = reader.next("padding", 0, kMaxKernel);
  shuffle = reader.next("shuffle", 1, kMaxKernel);
  input_channels = reader.next("input channels", 1, kMaxChannels);
  output_channels = reader.next("output channels", 1, kMaxChannels);
  const int64_t taps = int64_t{kernel_height} * kernel_width;
  kernel = reader.weight("kernel", taps * input_channels * output_channels);
  bias = reader.weight("bias", output_channels, true);
  if (reader.failed()) return;
  const MapShape& from = program.maps[input];
  const MapShape& to = program.maps[output];
  reader.expect(input != kResult && add != kResult, "a map that is not the result to read from");
  reader.expect(input != output, "a convolution to write to another map than it reads");
  reader.expect(from.channels == input_channels, "the input's channels to be the kernel's");
  reader.expect(to.channels * shuffle * shuffle == output_channels, "the output's channels to be the kernel's");
  reader.expect(int64_t{from.divisor} * stride == int64_t{to.divisor} * shuffle,
                "the output's size to follow from stride and shuffle");
  reader.expect(add == kNone || same_shape(program.maps[add], to), "an added map of the output's shape");
  reader.expect(shuffle == 1 || output != kResult, "no shuffle to the result");
  // Pictures have no padded channels.
  reader.expect((add == kPicture) <= (output == kResult), "the picture to be added to the result only");
  reader.expect(output != kResult || add <= kPicture, "nothing but the picture to be added to the result");
}

bool Convolution::pack(Packer& packer, const Program&) {
  // Reading or making a picture is little work, and 8 bits of it do not fit into bfloat16.
  if (input == kPicture || output == kResult) kernels = &packer.float_kernels();
  const int lanes = kernels->lanes, taps = kernel_height * kernel_width;
  tap_channels_ = input == kPicture ? input_channels : static_cast<int>(round_up(input_channels, lanes));
  depth_ = static_cast<int>(round_up(int64_t{taps} * tap_channels_, lanes));
  const auto value = [&](int row, int column) {
    const int channel = row % tap_channels_;
    if (row >= taps * tap_channels_ || channel >= input_channels) return 0.0f;
    const int64_t kernel_row = row / tap_channels_ * static_cast<int64_t>(input_channels) + channel;
    return packer.value(kernel, kernel_row * output_channels + column);
  };
  if (output != kResult) {
    const int places = shuffle * shuffle;
    const Columns columns = shuffled_columns(output_channels / places, shuffle, lanes);
    vectors_ = static_cast<int>(columns.size()) / (places * lanes);
    return packer.matrix(matrix_, {*kernels, depth_, depth_, columns}, value,
                         [&](int column) { return packer.value(bias, column); });
  }
  // The result's channels are few: [output channels in fours][depth], for dot products.
  const int rows = static_cast<int>(round_up(output_channels, 4));
  if (!packer.allocate(matrix_.weights, static_cast<size_t>(rows) * depth_ * sizeof(float)) ||
      !packer.vector(matrix_.bias, bias, output_channels, rows)) {
    return false;
  }
  for (int o = 0; o < output_channels && !packer.only_counts(); o++) {
    for (int k = 0; k < depth_; k++) matrix_.weights.floats()[static_cast<int64_t>(o) * depth_ + k] = value(k, o);
  }
  return true;
}

ConvolveRow Convolution::row_arguments(Run& run, int columns) const {
  const bool picture = input == kPicture;
  const FeatureMap& from = run.map(input);
  ConvolveRow c = {};
  c.height = picture ? run.args().height : from.height;
  c.width = picture ? run.args().width : from.width;
  c.pixel_stride = picture ? from.channels : from.padded_channels;
  c.tap_channels = tap_channels_;
  c.kernel_height = kernel_height;
  c.kernel_width = kernel_width;
  c.stride = stride;
  c.padding = padding;
  c.depth = depth_;
  c.packed = matrix_.view();
  c.shuffle = shuffle;
  c.vectors = vectors_;
  c.output_stride = run.map(output).padded_channels;
  c.x1 = std::min(columns, kColumns);
  return c;
}

bool Convolution::open_rows(Run& run, int y0, int y1, int thread, ConvolveRow& c) const {
  const FeatureMap& from = run.map(input);
  const FeatureMap& to = run.map(output);
  float* buffer = run.memory.band_buffer(thread);
  if (input == kPicture) {
    c.input = picture_rows(run, run.args().input);
  } else {
    const int first = std::max(0, y0 * stride - padding);
    const int end = std::min(from.height, (y1 - 1) * stride - padding + kernel_height);
    if (first < end && !run.rows.read(from, first, end, buffer, c.input)) return false;
  }
  if (add == output) {
    if (!run.rows.read(to, y0 * shuffle, y1 * shuffle, buffer, c.output)) return false;
    c.add = c.output;
    return true;
  }
  c.output = output == kResult ? picture_rows(run, run.args().output)
                               : run.rows.writable(to, y0 * shuffle, y1 * shuffle, buffer);
  if (add == kPicture) {
    c.add = picture_rows(run, run.args().input);
  } else if (add != kNone) {
    return run.rows.read(run.map(add), y0 * shuffle, y1 * shuffle, buffer, c.add);
  }
  return true;
}

void Convolution::convolve_row(Run& run, ConvolveRow& c, int width, int thread) const {
  Workspace& workspace = run.memory.workspace(thread);
  for (c.x0 = 0; c.x0 < width; c.x0 = c.x1) {
    c.x1 = std::min(width, c.x0 + kColumns);
    if (output != kResult) {
      kernels->convolve_row(c, workspace);
    } else if (!kernels->convolve_row_to_picture({c, run.map(output).channels}, workspace)) {
      run.note_non_finite();
    }
  }
}

bool Convolution::run(Run& run) const {
  const FeatureMap& from = run.map(input);
  const FeatureMap& to = run.map(output);
  // The convolution's own grid: before the shuffle.
  const int height = output == kResult ? run.args().height : to.height / shuffle;
  const int width = output == kResult ? run.args().width : to.width / shuffle;
  const bool band_wise = from.spilled || to.spilled || (add != kNone && run.map(add).spilled);
  int rows = std::clamp(height / kItems, 1, kMostRows);
  if (band_wise) {
    rows = band_rows(std::max(from.row_values() * stride, to.row_values() * shuffle), height);
    run.note_bands(static_cast<int>(divide_up(height, rows)));
  }
  const int64_t input_rows = static_cast<int64_t>(rows) * stride + kernel_height;
  const int64_t output_rows = static_cast<int64_t>(rows) * shuffle;
  const size_t band_bytes = (input_rows * from.row_values() + 2 * output_rows * to.row_values()) * sizeof(float);
  const ConvolveRow common = row_arguments(run, width);
  const auto workspace_of =
      output == kResult ? kernels->convolve_row_to_picture_workspace : kernels->convolve_row_workspace;
  run.memory.need_workspace(workspace_of(common), band_wise ? band_bytes : 0);
  return run.parallel_for(divide_up(height, rows), run.flops_of(*this), [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * rows, y1 = std::min(height, y0 + rows);
    ConvolveRow c = common;
    if (!open_rows(run, y0, y1, thread, c)) return;
    for (c.y = y0; c.y < y1; c.y++) convolve_row(run, c, width, thread);
    if (output != kResult) run.rows.write(to, y0 * shuffle, y1 * shuffle, c.output);
  });
}

}  // namespace nafnet
