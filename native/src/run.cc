#include "run.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace nafnet {
namespace {

/** Pixels of a row that a convolution gathers at a time. */
constexpr int kConvolveColumns = 168;
/** Of pass A, the input of a tile that is prepared once for all of its panels. */
constexpr int64_t kPreparedBytes = int64_t{6} << 20;
/** The widest tile of pass A: its ring then stays in the second-level cache. */
constexpr int kTileColumns = 320;
constexpr int kBandRows = 64;
constexpr int kLeastBandRows = 8;
/** A band that is read from the scratch file or written to it. */
constexpr int64_t kIoBytes = int64_t{8} << 20;
/** Below this many items of pass A, panels of one tile go to several threads. */
constexpr int kEnoughItems = 16;
constexpr float kNormEpsilon = 1e-12f;  // the lower bound in torch.nn.functional.normalize

}  // namespace

double step_flops(const Program& program, const Step& step, int padded_height, int padded_width) {
  const MapShape& shape = program.maps[step.kind == StepKind::kConvolution ? step.output : step.input];
  const double pixels = static_cast<double>(padded_height / shape.divisor) * (padded_width / shape.divisor);
  const double c = shape.channels;
  switch (step.kind) {
    case StepKind::kConvolution: {
      // A shuffled convolution works on the pixels before the shuffle.
      const double positions = pixels / (step.shuffle * step.shuffle);
      return 2.0 * positions * step.kernel_height * step.kernel_width * step.input_channels * step.output_channels;
    }
    case StepKind::kNafBlock: {
      const double common = 6 * c * c + 18 * c;
      const double mdta = 4 * c * c + 27 * c + 2 * c * c / step.heads;
      return 2.0 * pixels * (step.attention == Attention::kMdta ? common + mdta : common);
    }
    case StepKind::kDepthwise:
      return 2.0 * pixels * c * step.kernel_height * step.kernel_width;
    case StepKind::kLayerNorm:
    case StepKind::kAdd:
      return pixels * c;
  }
  return 0;
}

Run::Run(const CompiledPlan& plan, const nafnet_run_args& args, int threads)
    : plan_(plan), args_(args), threads_(threads) {
  const Program& program = plan.program;
  padded_height_ = static_cast<int>(round_up(args.height, program.padding_multiple));
  padded_width_ = static_cast<int>(round_up(args.width, program.padding_multiple));
  for (const MapShape& shape : program.maps) {
    Map map;
    map.height = padded_height_ / shape.divisor;
    map.width = padded_width_ / shape.divisor;
    map.channels = shape.channels;
    map.padded_channels = static_cast<int>(round_up(shape.channels, plan.kernels->lanes));
    maps_.push_back(std::move(map));
  }
  last_use_.assign(maps_.size(), -1);
  for (size_t i = 0; i < program.steps.size(); i++) {
    const Step& step = program.steps[i];
    for (const int map : {step.input, step.output, step.add}) {
      if (map != kNone) last_use_[map] = static_cast<int>(i);
    }
    total_flops_ += step_flops(program, step, padded_height_, padded_width_);
  }
}

// ---- Memory
// ----------------------------------------------------------------------------------------------------------

Run::Piece Run::take(uint64_t bytes) {
  Piece piece;
  piece.offset = memory_.take(bytes);
  piece.bytes = bytes;
  if (!dry_) piece.data = arena_ + piece.offset;
  return piece;
}

void Run::give(const Piece& piece) { memory_.give(piece.offset, piece.bytes); }

void Run::open(Map& map) {
  if (map.live) return;
  map.live = true;
  map.spilled = map.bytes() >= spill_bytes_;
  if (map.spilled) {
    map.piece = {nullptr, scratch_.take(map.bytes()), map.bytes()};
  } else {
    map.piece = take(map.bytes());
  }
}

void Run::close(Map& map) {
  if (!map.live) return;
  map.live = false;
  if (map.spilled) {
    scratch_.give(map.piece.offset, map.piece.bytes);
  } else {
    give(map.piece);
  }
}

void Run::open_temporary(Map& map, const Map& like) {
  if (map.live && map.height == like.height && map.width == like.width && map.padded_channels == like.padded_channels)
    return;
  close(map);
  map.value_bytes = plan_.kernels->operand_bytes;
  map.height = like.height;
  map.width = like.width;
  map.channels = like.channels;
  map.padded_channels = like.padded_channels;
  open(map);
}

void Run::need_workspace(size_t kernel_bytes, size_t band_bytes) {
  kernel_bytes_ = std::max<size_t>(kernel_bytes_, round_up(kernel_bytes, kAlignment));
  band_bytes_ = std::max<size_t>(band_bytes_, round_up(band_bytes, kAlignment));
}

void Run::measure(uint64_t spill_bytes, uint64_t& memory_bytes, uint64_t& scratch_bytes) {
  dry_ = true;
  spill_bytes_ = spill_bytes;
  memory_ = scratch_ = Arena();
  kernel_bytes_ = band_bytes_ = 0;
  strips_ = 1;
  run_all();
  memory_bytes = plan_.packed_bytes + memory_.largest() + threads_ * static_cast<uint64_t>(kernel_bytes_ + band_bytes_);
  scratch_bytes = scratch_.largest();
}

bool Run::fit(uint64_t max_memory_bytes, bool has_scratch, uint64_t& least_bytes) {
  const uint64_t limit = max_memory_bytes == 0 ? UINT64_MAX : max_memory_bytes;
  std::vector<uint64_t> sizes = {UINT64_MAX};
  for (size_t i = kResult + 1; has_scratch && i < maps_.size(); i++) sizes.push_back(maps_[i].bytes());
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  least_bytes = UINT64_MAX;
  uint64_t best = UINT64_MAX;
  for (const uint64_t size : sizes) {
    uint64_t memory_bytes, scratch_bytes;
    measure(size, memory_bytes, scratch_bytes);
    if (memory_bytes <= limit) return true;
    // Bands of a small map may take more than the map.
    if (memory_bytes < least_bytes) {
      least_bytes = memory_bytes;
      best = size;
    }
  }
  uint64_t memory_bytes, scratch_bytes;
  measure(best, memory_bytes, scratch_bytes);
  return false;
}

bool Run::read(const Map& map, int from, int to, float*& band, Rows& rows) {
  if (!map.spilled) {
    rows = map.rows();
    return true;
  }
  const size_t count = static_cast<size_t>(to - from) * map.row_values();
  rows = {band, map.row_values(), from};
  band += count;
  const uint64_t offset = map.piece.offset + static_cast<uint64_t>(from) * map.row_values() * sizeof(float);
  if (args_.scratch->read(args_.scratch->user, offset, rows.base, count * sizeof(float)) != 0) scratch_failed_ = true;
  return !scratch_failed_;
}

Rows Run::writable(const Map& map, int from, int to, float*& band) const {
  if (!map.spilled) return map.rows();
  const Rows rows = {band, map.row_values(), from};
  band += static_cast<int64_t>(to - from) * map.row_values();
  return rows;
}

bool Run::write(const Map& map, int from, int to, const Rows& rows) {
  if (!map.spilled) return true;
  const size_t bytes = static_cast<size_t>(to - from) * map.row_values() * sizeof(float);
  const uint64_t offset = map.piece.offset + static_cast<uint64_t>(from) * map.row_values() * sizeof(float);
  if (args_.scratch->write(args_.scratch->user, offset, rows.at(from), bytes) != 0) scratch_failed_ = true;
  return !scratch_failed_;
}

// ---- Work
// ------------------------------------------------------------------------------------------------------------

template <class Item>
bool Run::phase(int64_t count, double flops, Item&& item) {
  if (dry_) return true;
  struct Context {
    Run* run;
    Item* item;
    double flops;
    int64_t count;
  } context = {this, &item, flops, count};
  Phase phase;
  phase.count = count;
  phase.context = phase.between_context = &context;
  phase.item = [](void* user, int64_t index, int thread) {
    const Context& c = *static_cast<Context*>(user);
    if (!c.run->scratch_failed_) (*c.item)(index, thread);
  };
  phase.between = [](void* user, int64_t done) {
    const Context& c = *static_cast<Context*>(user);
    const nafnet_run_args& args = c.run->args_;
    if (args.progress != nullptr) {
      const double fraction = (c.run->done_flops_ + c.flops * done / c.count) / c.run->total_flops_;
      args.progress(args.user, std::min(fraction, 1.0));
    }
    return args.abort_flag != nullptr && __atomic_load_n(args.abort_flag, __ATOMIC_RELAXED) != 0;
  };
  phases_++;
  if (!pool_run(args_.pool, phase)) aborted_ = true;
  done_flops_ += flops;
  return !aborted_ && !scratch_failed_;
}

int Run::io_rows(const Map& map) const {
  const int64_t rows = kIoBytes / (map.row_values() * static_cast<int64_t>(sizeof(float)));
  return static_cast<int>(std::clamp<int64_t>(rows, 1, std::min(map.height, kBandRows)));
}

/** An even cut: no band or tile is a sliver. */
Run::Cut Run::cut_of(const Map& map, int operand_bytes, bool keep) const {
  Cut cut;
  cut.tiles = static_cast<int>(divide_up(map.width, kTileColumns));
  cut.columns = static_cast<int>(divide_up(map.width, cut.tiles));
  int64_t rows = std::max<int64_t>(io_rows(map), std::min(kLeastBandRows, map.height));
  if (keep) {
    const int64_t row_bytes = static_cast<int64_t>(cut.columns + 2) *
                              (map.padded_channels * operand_bytes + 2 * static_cast<int64_t>(kAlignment));
    rows = std::min(rows, std::max<int64_t>(kPreparedBytes / row_bytes - 2, kLeastBandRows));
  }
  cut.bands = static_cast<int>(divide_up(map.height, rows));
  cut.rows = static_cast<int>(divide_up(map.height, cut.bands));
  cut.bands = static_cast<int>(divide_up(map.height, cut.rows));
  return cut;
}

PointwiseDepthwise Run::expand_item(const Pass& pass, const Share& share, int band, int tile) const {
  const CompiledStep& s = *pass.step;
  const Map& map = *pass.input;
  PointwiseDepthwise e = {};
  e.height = map.height;
  e.width = map.width;
  e.channels = map.channels;
  e.padded_channels = map.padded_channels;
  e.y0 = band * pass.cut.rows;
  e.y1 = std::min(map.height, e.y0 + pass.cut.rows);
  e.x0 = tile * pass.cut.columns;
  e.x1 = std::min(map.width, e.x0 + pass.cut.columns);
  e.normalise = pass.normalise;
  e.epilogue = share.epilogue;
  e.panel = share.panel;
  e.panels = share.panels;
  const bool store = share.epilogue == Epilogue::kStore, gate = share.epilogue == Epilogue::kGate;
  e.pointwise = (gate ? s.conv1 : store ? s.value : s.query_key).view();
  e.depthwise = (gate ? s.depthwise : store ? s.value_depthwise : s.query_key_depthwise).floats();
  if (pass.sums != nullptr) {
    e.sums = pass.sums + (static_cast<int64_t>(band) * pass.cut.tiles + tile) * pass.slot_values + share.sums;
  }
  e.key = phases_ << 40 | (static_cast<int64_t>(band) * pass.cut.tiles + tile);
  e.keep = pass.keep;
  return e;
}

bool Run::expand_pass(Pass& pass, double flops) {
  const Kernels& kernels = *pass.step->kernels;
  Map& input = *pass.input;
  const bool band_wise = input.spilled || (pass.output != nullptr && pass.output->spilled);
  size_t kernel_bytes = 0;
  for (const Share& share : pass.shares) {
    // The largest item: from the middle of the picture, where it has neighbours on all sides.
    for (const int band : {0, pass.cut.bands / 2}) {
      for (const int tile : {0, pass.cut.tiles / 2}) {
        kernel_bytes =
            std::max(kernel_bytes, kernels.pointwise_depthwise_workspace(expand_item(pass, share, band, tile)));
      }
    }
  }
  const int64_t band_rows = pass.cut.rows + 2 + (pass.output != nullptr ? pass.cut.rows : 0);
  need_workspace(kernel_bytes, band_wise ? band_rows * input.row_values() * sizeof(float) : 0);
  const auto run_share = [&](const Share& share, int band, int tile, const Rows& in, const Rows& out, int thread) {
    PointwiseDepthwise e = expand_item(pass, share, band, tile);
    e.input = in;
    e.output = out;
    kernels.pointwise_depthwise(e, workspace(thread));
  };
  const int64_t rectangles = static_cast<int64_t>(pass.cut.bands) * pass.cut.tiles;
  if (!band_wise) {
    // Shares of one rectangle follow each other: a thread that gets the next one has its input prepared.
    const int64_t shares = static_cast<int64_t>(pass.shares.size());
    return phase(rectangles * shares, flops, [&](int64_t index, int thread) {
      const int64_t rectangle = index / shares;
      run_share(pass.shares[index % shares], static_cast<int>(rectangle / pass.cut.tiles),
                static_cast<int>(rectangle % pass.cut.tiles), input.rows(),
                pass.output == nullptr ? Rows{} : pass.output->rows(), thread);
    });
  }
  strips_ = std::max(strips_, pass.cut.bands);
  return phase(pass.cut.bands, flops, [&](int64_t index, int thread) {
    const int band = static_cast<int>(index), y0 = band * pass.cut.rows;
    const int y1 = std::min(input.height, y0 + pass.cut.rows);
    float* buffer = band_of(thread);
    Rows in, out = {};
    if (!read(input, std::max(0, y0 - 1), std::min(input.height, y1 + 1), buffer, in)) return;
    if (pass.output != nullptr) out = writable(*pass.output, y0, y1, buffer);
    for (int tile = 0; tile < pass.cut.tiles; tile++) {
      for (const Share& share : pass.shares) run_share(share, band, tile, in, out, thread);
    }
    if (pass.output != nullptr) write(*pass.output, y0, y1, out);
  });
}

bool Run::finish_pass(const CompiledStep& s, Map& x, Map& gated, Map* values, const MadeMatrix* attention,
                      const float* scale, double flops) {
  const Kernels& kernels = *s.kernels;
  const bool band_wise = x.spilled || gated.spilled || (values != nullptr && values->spilled);
  const int rows = io_rows(x);
  need_workspace(kernels.project_ffn_workspace(x.padded_channels),
                 band_wise ? 3 * rows * x.row_values() * sizeof(float) : 0);
  ProjectFfn common = {};
  common.channels = x.channels;
  common.padded_channels = x.padded_channels;
  common.scale = scale;
  common.conv3 = s.conv3.view();
  common.conv4 = s.conv4.view();
  common.conv5 = s.conv5.view();
  if (attention != nullptr) common.attention = attention->view();
  if (!band_wise) {
    const int64_t pixels = static_cast<int64_t>(x.height) * x.width,
                  tile = kernels.project_ffn_tile_pixels(x.padded_channels);
    return phase(divide_up(pixels, tile), flops, [&](int64_t index, int thread) {
      const int64_t first = index * tile;
      ProjectFfn f = common;
      f.pixels = std::min(tile, pixels - first);
      f.x = x.piece.floats() + first * x.padded_channels;
      f.gated = gated.piece.data + first * x.padded_channels * gated.value_bytes;
      if (values != nullptr) f.values = values->piece.data + first * x.padded_channels * gated.value_bytes;
      kernels.project_ffn(f, workspace(thread));
    });
  }
  const int bands = static_cast<int>(divide_up(x.height, rows));
  return phase(bands, flops, [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * rows, y1 = std::min(x.height, y0 + rows);
    float* buffer = band_of(thread);
    Rows x_rows, gated_rows, value_rows = {};
    if (!read(x, y0, y1, buffer, x_rows) || !read(gated, y0, y1, buffer, gated_rows)) return;
    if (values != nullptr && !read(*values, y0, y1, buffer, value_rows)) return;
    ProjectFfn f = common;
    f.pixels = static_cast<int64_t>(y1 - y0) * x.width;
    f.x = x_rows.at(y0);
    f.gated = gated_rows.at(y0);
    if (values != nullptr) f.values = value_rows.at(y0);
    kernels.project_ffn(f, workspace(thread));
    write(x, y0, y1, x_rows);
  });
}

bool Run::is_local(const CompiledStep& s, const Map& map) const {
  const Step& step = s.step;
  return step.attention == Attention::kSca && step.window_height > 0 &&
         (step.window_height < map.height || step.window_width < map.width);
}

bool Run::local_means(const CompiledStep& s, Map& input, Map& output, double flops) {
  const Kernels& kernels = *s.kernels;
  // From the scratch file every row is read twice and by one thread; in memory each thread takes some channels.
  const int channels = input.spilled ? input.padded_channels : kernels.lanes;
  LocalMean m = {};
  m.height = input.height;
  m.width = input.width;
  m.padded_channels = input.padded_channels;
  m.window_height = s.step.window_height;
  m.window_width = s.step.window_width;
  m.channels = channels;
  need_workspace(kernels.local_mean_workspace(m), input.spilled ? 3 * input.row_values() * sizeof(float) : 0);
  return phase(input.padded_channels / channels, flops, [&](int64_t index, int thread) {
    struct Context {
      Run* run;
      Map* input;
      Map* output;
      float* band;
    } context = {this, &input, &output, input.spilled ? band_of(thread) : nullptr};
    LocalMean item = m;
    item.channel = static_cast<int>(index) * channels;
    item.context = &context;
    item.row = [](void* user, int y, int slot) -> const void* {
      const Context& c = *static_cast<Context*>(user);
      float* band = c.band + slot * c.input->row_values();
      Rows rows;
      return c.run->read(*c.input, y, y + 1, band, rows) ? rows.at(y) : nullptr;
    };
    item.begin_row = [](void* user, int y) -> void* {
      const Context& c = *static_cast<Context*>(user);
      float* band = c.band + 2 * c.input->row_values();
      return c.run->writable(*c.output, y, y + 1, band).at(y);
    };
    item.end_row = [](void* user, int y) {
      const Context& c = *static_cast<Context*>(user);
      float* band = c.band + 2 * c.input->row_values();
      return c.run->write(*c.output, y, y + 1, c.run->writable(*c.output, y, y + 1, band));
    };
    kernels.local_mean(item, workspace(thread));
  });
}

std::vector<Run::Share> Run::gate_shares(const CompiledStep& s) const {
  std::vector<Share> shares;
  const int panels = s.padded_channels / s.kernels->lanes;
  for (int panel = 0; panel < panels; panel += s.kernels->batch_panels) {
    shares.push_back({Epilogue::kGate, panel, std::min(s.kernels->batch_panels, panels - panel), 0});
  }
  return shares;
}

std::vector<Run::Share> Run::mdta_shares(const CompiledStep& s, int64_t& slot_values) const {
  const int64_t lanes = s.kernels->lanes;
  std::vector<Share> shares;
  slot_values = 0;
  for (const HeadGroup& group : s.groups) {
    shares.push_back({Epilogue::kGram, group.first, group.count, slot_values});
    slot_values += group.count * group.count * lanes * lanes + 2 * group.count * lanes;
  }
  const int panels = static_cast<int>(divide_up(s.padded_channels, 2 * lanes));
  for (int panel = 0; panel < panels; panel += s.kernels->batch_panels) {
    shares.push_back({Epilogue::kStore, panel, std::min(s.kernels->batch_panels, panels - panel), 0});
  }
  return shares;
}

/**
 * MDTA's matrix: project_out · softmax(q̂ k̂ᵀ · temperature), where q̂ and k̂ are q and k divided by their L2 norms over
 * the pixels (Restormer, arXiv 2111.09881, section 3.1). Row j has what channel j of v adds to each output channel.
 */
bool Run::channel_attention(const CompiledStep& s, const Cut& cut, const std::vector<Share>& shares,
                            int64_t slot_values, const double* sums, MadeMatrix& matrix) {
  const int c = maps_[s.step.input].channels, lanes = s.kernels->lanes, per_head = c / s.step.heads;
  const Piece scores = take(static_cast<uint64_t>(c) * per_head * sizeof(float));
  const Piece totals = take(slot_values * sizeof(double));
  if (!dry_) {
    // In the order of the bands and tiles, whichever thread made them.
    const int64_t slots = static_cast<int64_t>(cut.bands) * cut.tiles;
    std::memcpy(totals.doubles(), sums, totals.bytes);
    for (int64_t slot = 1; slot < slots; slot++) {
      for (int64_t i = 0; i < slot_values; i++) totals.doubles()[i] += sums[slot * slot_values + i];
    }
    for (const Share& share : shares) {
      if (share.epilogue != Epilogue::kGram) continue;
      const double* products = totals.doubles() + share.sums;
      const int count = share.panels * lanes, first = share.panel * lanes;
      const double* query_squares = products + static_cast<int64_t>(count) * count;
      const double* key_squares = query_squares + count;
      const auto norm = [](double squares) { return std::max(std::sqrt(squares), double{kNormEpsilon}); };
      for (int i = first; i < std::min(first + count, c); i++) {
        float* row = scores.floats() + static_cast<int64_t>(i) * per_head;
        const int head = i / per_head;
        double largest = -std::numeric_limits<double>::max(), total = 0;
        std::vector<double> exact(per_head);
        for (int j = 0; j < per_head; j++) {
          const int a = i - first, b = head * per_head + j - first;
          const double product =
              products[((a / lanes * share.panels + b / lanes) * lanes + a % lanes) * lanes + b % lanes];
          exact[j] = product / (norm(query_squares[a]) * norm(key_squares[b])) * s.temperature[head];
          largest = std::max(largest, exact[j]);
        }
        for (double& value : exact) total += value = std::exp(value - largest);
        for (int j = 0; j < per_head; j++) row[j] = static_cast<float>(exact[j] / total);
      }
    }
    std::memset(matrix.weights.data, 0, matrix.weights.bytes);
    std::memcpy(matrix.bias.floats(), s.attention_bias.floats(), s.padded_channels * sizeof(float));
  }
  need_workspace((s.padded_channels + per_head) * sizeof(float), 0);
  const bool done = phase(c, 0, [&](int64_t j, int thread) {
    const int head = static_cast<int>(j) / per_head;
    float* mixed = reinterpret_cast<float*>(workspace(thread).bytes);
    float* factors = mixed + s.padded_channels;
    for (int i = 0; i < per_head; i++) {
      factors[i] = scores.floats()[static_cast<int64_t>(head * per_head + i) * per_head + j % per_head];
    }
    s.kernels->vector_matrix(factors,
                             s.attention_kernel.floats() + static_cast<int64_t>(head) * per_head * s.padded_channels,
                             per_head, s.padded_channels, mixed);
    for (int n = 0; n < s.padded_channels; n++) {
      put_packed(*s.kernels, matrix.weights.data, s.padded_channels, s.padded_channels, static_cast<int>(j), n,
                 mixed[n]);
    }
  });
  give(totals);
  give(scores);
  return done;
}

/** MDTA's second pass: its sums and v, and the matrix that is made of them. */
bool Run::transposed_attention(const CompiledStep& s, const Map& x, double flops, MadeMatrix& matrix) {
  Pass pass = {};
  pass.step = &s;
  pass.input = &gated_;
  pass.output = &values_;
  pass.shares = mdta_shares(s, pass.slot_values);
  pass.keep = pass.shares.size() > 1;
  pass.cut = cut_of(x, s.kernels->operand_bytes, pass.keep);
  const Piece sums = take(static_cast<uint64_t>(pass.cut.bands) * pass.cut.tiles * pass.slot_values * sizeof(double));
  if (!dry_) {
    std::memset(sums.data, 0, sums.bytes);
    pass.sums = sums.doubles();
  }
  if (!expand_pass(pass, flops)) return false;
  if (!channel_attention(s, pass.cut, pass.shares, pass.slot_values, sums.doubles(), matrix)) return false;
  give(sums);
  return true;
}

/** TLC: means over windows as values, and SCA's kernel as the matrix. */
bool Run::local_attention(const CompiledStep& s, const Map& x, double flops, MadeMatrix& matrix) {
  if (!local_means(s, gated_, values_, flops)) return false;
  if (dry_) return true;
  std::memset(matrix.weights.data, 0, matrix.weights.bytes);
  for (int k = 0; k < x.channels; k++) {
    const float* row = s.attention_kernel.floats() + static_cast<int64_t>(k) * s.padded_channels;
    for (int n = 0; n < s.padded_channels; n++)
      put_packed(*s.kernels, matrix.weights.data, s.padded_channels, s.padded_channels, k, n, row[n]);
  }
  std::memcpy(matrix.bias.floats(), s.attention_bias.floats(), s.padded_channels * sizeof(float));
  return true;
}

/**
 * SCA: the means of all pixels times its kernel.
 *
 * @param sums of each channel, [slots][padded_channels]; added in the order of the bands and tiles
 * @param factors receives [padded_channels]; as many values behind are used meanwhile
 */
void Run::channel_factors(const CompiledStep& s, const Map& x, const double* sums, int64_t slots, float* factors) {
  const double pixels = static_cast<double>(x.height) * x.width;
  float* means = factors + s.padded_channels;
  for (int i = 0; i < s.padded_channels; i++) {
    double sum = 0;
    for (int64_t slot = 0; slot < slots; slot++) sum += sums[slot * s.padded_channels + i];
    means[i] = static_cast<float>(sum / pixels);
  }
  s.kernels->vector_matrix(means, s.attention_kernel.floats(), x.channels, s.padded_channels, factors);
  for (int i = 0; i < s.padded_channels; i++) factors[i] += s.attention_bias.floats()[i];
}

bool Run::block(const CompiledStep& s, double flops) {
  Map& x = maps_[s.step.input];
  const bool mdta = s.step.attention == Attention::kMdta, local = is_local(s, x);
  const int lanes = s.kernels->lanes;
  open_temporary(gated_, x);
  if (mdta || local) open_temporary(values_, x);

  // Shares of the block's work, for progress: of 6 c² the first pass has 2 (MDTA: of 10 c² another 3).
  const double first_share = flops * (mdta ? 0.2 : 0.33), second_share = flops * (mdta ? 0.3 : 0.01);

  Pass pass = {};
  pass.step = &s;
  pass.input = &x;
  pass.output = &gated_;
  pass.normalise = true;
  pass.shares = gate_shares(s);
  pass.keep = pass.shares.size() > 1;
  pass.cut = cut_of(x, s.kernels->operand_bytes, pass.keep);
  if (static_cast<int64_t>(pass.cut.bands) * pass.cut.tiles >= kEnoughItems) {
    pass.shares = {{Epilogue::kGate, 0, s.padded_channels / lanes, 0}};
  }
  pass.slot_values = s.padded_channels;
  const int64_t slots = static_cast<int64_t>(pass.cut.bands) * pass.cut.tiles;
  const Piece gate_sums = take(slots * pass.slot_values * sizeof(double));
  if (!dry_) {
    std::memset(gate_sums.data, 0, gate_sums.bytes);
    pass.sums = gate_sums.doubles();
  }
  if (!expand_pass(pass, first_share)) return false;

  const Piece scale = take(2 * s.padded_channels * sizeof(float));
  MadeMatrix attention;
  if (mdta || local) {
    attention.weights = take(static_cast<uint64_t>(s.padded_channels) * s.padded_channels * s.kernels->operand_bytes);
    attention.bias = take(s.padded_channels * sizeof(float));
  }
  if (mdta) {
    if (!transposed_attention(s, x, second_share, attention)) return false;
  } else if (local) {
    if (!local_attention(s, x, second_share, attention)) return false;
  } else if (!dry_) {
    channel_factors(s, x, gate_sums.doubles(), slots, scale.floats());
    done_flops_ += second_share;
  }
  if (!finish_pass(s, x, gated_, mdta || local ? &values_ : nullptr, mdta || local ? &attention : nullptr,
                   scale.floats(), flops - first_share - second_share)) {
    return false;
  }
  if (mdta || local) {
    give(attention.bias);
    give(attention.weights);
  }
  give(scale);
  give(gate_sums);
  return true;
}

bool Run::convolution(const CompiledStep& s) {
  const Step& step = s.step;
  Map& input = maps_[step.input];
  Map& output = maps_[step.output];
  Map* added = step.add == kNone ? nullptr : &maps_[step.add];
  const Kernels& kernels = *s.kernels;
  // The convolution's own grid: before the shuffle.
  const int height = step.output == kResult ? args_.height : output.height / step.shuffle;
  const int width = step.output == kResult ? args_.width : output.width / step.shuffle;
  const bool picture = step.input == kPicture;

  ConvolveRow common = {};
  common.height = picture ? args_.height : input.height;
  common.width = picture ? args_.width : input.width;
  common.pixel_stride = picture ? input.channels : input.padded_channels;
  common.tap_channels = s.tap_channels;
  common.kernel_height = step.kernel_height;
  common.kernel_width = step.kernel_width;
  common.stride = step.stride;
  common.padding = step.padding;
  common.depth = s.depth;
  common.packed = s.matrix.view();
  common.shuffle = step.shuffle;
  common.vectors = s.vectors;
  common.output_stride = output.padded_channels;
  common.x1 = std::min(width, kConvolveColumns);

  const bool band_wise = input.spilled || output.spilled || (added != nullptr && added->spilled);
  const int shuffle = step.shuffle;
  int rows = std::clamp(height / 32, 1, 8);
  if (band_wise) {
    const int64_t row_values = std::max(input.row_values() * step.stride, output.row_values() * shuffle);
    rows = static_cast<int>(std::clamp<int64_t>(kIoBytes / (row_values * static_cast<int64_t>(sizeof(float))), 1,
                                                std::min(height, kBandRows)));
    strips_ = std::max(strips_, static_cast<int>(divide_up(height, rows)));
  }
  const int64_t input_rows = static_cast<int64_t>(rows) * step.stride + step.kernel_height;
  const int64_t output_rows = static_cast<int64_t>(rows) * shuffle;
  const auto workspace_of =
      step.output == kResult ? kernels.convolve_row_to_picture_workspace : kernels.convolve_row_workspace;
  need_workspace(
      workspace_of(common),
      band_wise ? (input_rows * input.row_values() + 2 * output_rows * output.row_values()) * sizeof(float) : 0);

  const auto picture_rows = [&](const float* values) {
    return Rows{const_cast<float*>(values), static_cast<int64_t>(args_.width) * plan_.program.image_channels, 0};
  };
  const double flops = step_flops(plan_.program, step, padded_height_, padded_width_);
  return phase(divide_up(height, rows), flops, [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * rows, y1 = std::min(height, y0 + rows);
    float* buffer = band_of(thread);
    ConvolveRow c = common;
    if (picture) {
      c.input = picture_rows(args_.input);
    } else {
      const int from = std::max(0, y0 * step.stride - step.padding);
      const int to = std::min(input.height, (y1 - 1) * step.stride - step.padding + step.kernel_height);
      if (from < to && !read(input, from, to, buffer, c.input)) return;
    }
    if (step.add == step.output) {
      if (!read(output, y0 * shuffle, y1 * shuffle, buffer, c.output)) return;
      c.add = c.output;
    } else {
      c.output =
          step.output == kResult ? picture_rows(args_.output) : writable(output, y0 * shuffle, y1 * shuffle, buffer);
      if (step.add == kPicture) {
        c.add = picture_rows(args_.input);
      } else if (added != nullptr && !read(*added, y0 * shuffle, y1 * shuffle, buffer, c.add)) {
        return;
      }
    }
    for (c.y = y0; c.y < y1; c.y++) {
      for (c.x0 = 0; c.x0 < width; c.x0 = c.x1) {
        c.x1 = std::min(width, c.x0 + kConvolveColumns);
        if (step.output != kResult) {
          kernels.convolve_row(c, workspace(thread));
        } else if (!kernels.convolve_row_to_picture({c, output.channels}, workspace(thread))) {
          non_finite_ = true;
        }
      }
    }
    if (step.output != kResult) write(output, y0 * shuffle, y1 * shuffle, c.output);
  });
}

/** The steps that NAFNet has only inside its blocks: row by row. */
bool Run::simple_step(const CompiledStep& s) {
  const Step& step = s.step;
  Map& input = maps_[step.input];
  Map& output = maps_[step.output];
  const Kernels& kernels = *s.kernels;
  const int halo = step.kind == StepKind::kDepthwise ? step.kernel_height / 2 : 0;
  const bool band_wise = input.spilled || output.spilled;
  const int rows = std::max(1, band_wise ? std::min(io_rows(input), io_rows(output)) : 1);
  need_workspace(0,
                 band_wise ? ((rows + 2 * halo) * input.row_values() + rows * output.row_values()) * sizeof(float) : 0);
  const double flops = step_flops(plan_.program, step, padded_height_, padded_width_);
  return phase(divide_up(input.height, rows), flops, [&](int64_t index, int thread) {
    const int y0 = static_cast<int>(index) * rows, y1 = std::min(input.height, y0 + rows);
    float* buffer = band_of(thread);
    Rows in, out;
    if (!read(input, std::max(0, y0 - halo), std::min(input.height, y1 + halo), buffer, in)) return;
    if (step.kind == StepKind::kAdd || step.input == step.output) {
      if (step.input == step.output) {
        out = in;
      } else if (!read(output, y0, y1, buffer, out)) {
        return;
      }
    } else {
      out = writable(output, y0, y1, buffer);
    }
    for (int y = y0; y < y1; y++) {
      switch (step.kind) {
        case StepKind::kAdd:
          kernels.add(in.at(y), out.at(y), input.row_values());
          break;
        case StepKind::kLayerNorm:
          kernels.layer_norm({in.at(y), out.at(y), input.width, input.channels, input.padded_channels,
                              s.vectors_a.floats(), s.vectors_b.floats()});
          break;
        case StepKind::kDepthwise:
          kernels.depthwise_row({in, input.height, input.width, input.padded_channels, step.kernel_height,
                                 step.kernel_width, s.vectors_a.floats(), s.vectors_b.floats(), y, out.at(y)});
          break;
        case StepKind::kConvolution:
        case StepKind::kNafBlock:
          break;
      }
    }
    write(output, y0, y1, out);
  });
}

bool Run::run_step(size_t index) {
  const CompiledStep& s = plan_.steps[index];
  if (s.step.output != kResult) open(maps_[s.step.output]);
  bool done;
  switch (s.step.kind) {
    case StepKind::kConvolution:
      done = convolution(s);
      break;
    case StepKind::kNafBlock:
      done = block(s, step_flops(plan_.program, s.step, padded_height_, padded_width_));
      break;
    default:
      done = simple_step(s);
  }
  if (!done) return false;
  for (const int map : {s.step.input, s.step.output, s.step.add}) {
    if (map > kResult && last_use_[map] == static_cast<int>(index)) close(maps_[map]);
  }
  // The next block of this size takes them over.
  const CompiledStep* next = index + 1 < plan_.steps.size() ? &plan_.steps[index + 1] : nullptr;
  const bool kept = next != nullptr && next->step.kind == StepKind::kNafBlock && gated_.live &&
                    maps_[next->step.input].padded_channels == gated_.padded_channels &&
                    maps_[next->step.input].height == gated_.height;
  if (!kept) {
    close(gated_);
    close(values_);
  }
  return true;
}

bool Run::run_all() {
  bool done = true;
  for (size_t i = 0; done && i < plan_.steps.size(); i++) done = run_step(i);
  for (Map& map : maps_) close(map);
  close(gated_);
  close(values_);
  return done;
}

nafnet_status Run::execute(Buffer& arena, nafnet_report& report, std::string& error) {
  uint64_t least_bytes;
  const bool has_scratch = args_.scratch != nullptr;
  if (!fit(args_.max_memory_bytes, has_scratch, least_bytes)) {
    error = "Expected at least " + std::to_string(least_bytes) + " bytes for max_memory_bytes" +
            (has_scratch ? "" : " without a scratch file") + " but received " + std::to_string(args_.max_memory_bytes);
    return NAFNET_OUT_OF_MEMORY;
  }
  // fit() has measured what is needed; the same steps now take the same places.
  const size_t per_thread = kernel_bytes_ + band_bytes_;
  const uint64_t map_bytes = round_up(static_cast<int64_t>(memory_.largest()), kAlignment);
  const uint64_t bytes = map_bytes + per_thread * threads_;
  report.peak_bytes = plan_.packed_bytes + bytes;
  report.scratch_bytes = scratch_.largest();
  report.strips = strips_;
  if (args_.max_memory_bytes != 0 && plan_.packed_bytes + arena.bytes() > args_.max_memory_bytes) arena.release();
  if (arena.bytes() < bytes && (bytes > SIZE_MAX || !arena.allocate(std::max<size_t>(bytes, kAlignment)))) {
    error = "The system has no " + std::to_string(bytes) + " bytes of memory";
    return NAFNET_OUT_OF_MEMORY;
  }
  dry_ = false;
  memory_ = scratch_ = Arena();
  arena_ = arena.data();
  for (int i = 0; i < threads_; i++) workspaces_.push_back({arena_ + map_bytes + per_thread * i, -1});
  run_all();
  report.non_finite = non_finite_;
  if (scratch_failed_) {
    error = "Reading or writing the scratch file of " + std::to_string(report.scratch_bytes) + " bytes failed";
    return NAFNET_SCRATCH_FAILED;
  }
  if (aborted_) return NAFNET_ABORTED;
  // The last items may have been another thread's, which does not report.
  if (args_.progress != nullptr) args_.progress(args_.user, 1);
  return NAFNET_OK;
}

}  // namespace nafnet
