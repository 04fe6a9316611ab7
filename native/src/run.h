/** One picture through a plan. The same code, dry, tells what that will take. */
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "memory.h"
#include "nafnet.h"
#include "plan.h"
#include "pool.h"

namespace nafnet {

/** Multiplications and additions of one step on a picture of this padded size. */
double step_flops(const Program& program, const Step& step, int padded_height, int padded_width);

class Run {
 public:
  /** @param args the pool, the input and so on; of a dry run only width, height and `scratch` matter */
  Run(const CompiledPlan& plan, const nafnet_run_args& args, int threads);

  /** Most bytes held at a time, and those of the scratch file, with all maps of `spill_bytes` or more in it. */
  void measure(uint64_t spill_bytes, uint64_t& memory_bytes, uint64_t& scratch_bytes);
  /**
   * Measures with as many maps in memory as the limit allows; where nothing is within it, with the least.
   *
   * @param least_bytes receives what would have to be allowed, if the return value is false
   */
  bool fit(uint64_t max_memory_bytes, bool has_scratch, uint64_t& least_bytes);
  uint64_t spill_bytes() const { return spill_bytes_; }

  /** @param arena memory to work in, made larger if it has to be */
  nafnet_status execute(Buffer& arena, nafnet_report& report, std::string& error);

 private:
  /** A part of the arena; of a dry run, only its place. */
  struct Piece {
    char* data = nullptr;
    uint64_t offset = 0, bytes = 0;

    float* floats() const { return reinterpret_cast<float*>(data); }
    double* doubles() const { return reinterpret_cast<double*>(data); }
  };

  /** A matrix that is made once a picture. */
  struct MadeMatrix {
    Piece weights, bias;

    PackedWeights view() const { return {weights.data, bias.floats()}; }
  };

  /** A feature map, in memory or in the scratch file. */
  struct Map {
    int height = 0, width = 0, channels = 0, padded_channels = 0;
    /** 2 for a map of bfloat16 operands. */
    int value_bytes = sizeof(float);
    bool live = false, spilled = false;
    /** In the arena, or in the scratch file. */
    Piece piece;

    /** Of float32's size. */
    int64_t row_values() const { return static_cast<int64_t>(width) * padded_channels * value_bytes / 4; }
    uint64_t bytes() const { return static_cast<uint64_t>(height) * row_values() * sizeof(float); }
    /** As the address of its memory; of a map in the scratch file, nothing. */
    Rows rows() const { return {piece.floats(), row_values(), 0}; }
  };

  /** A picture cut into bands of rows and tiles of columns. It follows from the map's size alone. */
  struct Cut {
    int rows, bands, columns, tiles;
  };

  /** Panels of pass A that one item takes. */
  struct Share {
    Epilogue epilogue;
    int panel, panels;
    /** Where its sums begin in a slot. */
    int64_t sums;
  };

  /** Pass A of a step over a whole map. */
  struct Pass {
    const CompiledStep* step;
    Map* input;
    Map* output;
    bool normalise;
    std::vector<Share> shares;
    Cut cut;
    int64_t slot_values;
    double* sums;
    bool keep;
  };

  bool run_all();
  bool run_step(size_t index);
  bool convolution(const CompiledStep& s);
  bool block(const CompiledStep& s, double flops);
  bool simple_step(const CompiledStep& s);

  bool expand_pass(Pass& pass, double flops);
  PointwiseDepthwise expand_item(const Pass& pass, const Share& share, int band, int tile) const;
  bool finish_pass(const CompiledStep& s, Map& x, Map& gated, Map* values, const MadeMatrix* attention,
                   const float* scale, double flops);
  bool transposed_attention(const CompiledStep& s, const Map& x, double flops, MadeMatrix& matrix);
  bool local_attention(const CompiledStep& s, const Map& x, double flops, MadeMatrix& matrix);
  static void channel_factors(const CompiledStep& s, const Map& x, const double* sums, int64_t slots, float* factors);
  bool local_means(const CompiledStep& s, Map& input, Map& output, double flops);
  std::vector<Share> gate_shares(const CompiledStep& s) const;
  std::vector<Share> mdta_shares(const CompiledStep& s, int64_t& slot_values) const;
  bool channel_attention(const CompiledStep& s, const Cut& cut, const std::vector<Share>& shares, int64_t slot_values,
                         const double* sums, MadeMatrix& matrix);

  Cut cut_of(const Map& map, int operand_bytes, bool keep) const;
  int io_rows(const Map& map) const;
  bool is_local(const CompiledStep& s, const Map& map) const;

  Piece take(uint64_t bytes);
  void give(const Piece& piece);
  void open(Map& map);
  void close(Map& map);
  /** A map beside the program's: the gated values of a block and the like, which are operands. */
  void open_temporary(Map& map, const Map& like);
  void need_workspace(size_t kernel_bytes, size_t band_bytes);

  /** Rows [from, to) of a map; of one in the scratch file, read into `band`, which is moved on. */
  bool read(const Map& map, int from, int to, float*& band, Rows& rows);
  /** Where rows [from, to) may be written; of a map in the scratch file, at `band`, which is moved on. */
  Rows writable(const Map& map, int from, int to, float*& band) const;
  bool write(const Map& map, int from, int to, const Rows& rows);

  template <class Item>
  bool phase(int64_t count, double flops, Item&& item);
  Workspace& workspace(int thread) { return workspaces_[thread]; }
  float* band_of(int thread) { return reinterpret_cast<float*>(workspaces_[thread].bytes + kernel_bytes_); }

  const CompiledPlan& plan_;
  const nafnet_run_args& args_;
  const int threads_;
  int padded_height_, padded_width_;
  double total_flops_ = 0, done_flops_ = 0;

  bool dry_ = true;
  uint64_t spill_bytes_ = UINT64_MAX;
  Arena memory_, scratch_;
  char* arena_ = nullptr;
  int strips_ = 1;

  std::vector<Map> maps_;
  std::vector<int> last_use_;
  Map gated_, values_;
  size_t kernel_bytes_ = 0, band_bytes_ = 0;
  std::vector<Workspace> workspaces_;
  int64_t phases_ = 0;

  std::atomic<bool> scratch_failed_{false}, non_finite_{false};
  bool aborted_ = false;
};

}  // namespace nafnet
