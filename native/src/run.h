/** One picture through a plan. The same code, dry, tells what that will take. */
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "feature_map.h"
#include "map_rows.h"
#include "memory.h"
#include "nafnet.h"
#include "plan.h"
#include "run_memory.h"

namespace nafnet {

class Run {
 public:
  /** @param args the pool, the input and so on; of a dry run only width, height and `scratch` matter */
  Run(const CompiledPlan& plan, const nafnet_run_args& args, int threads);

  // ---- For the C interface

  /** Most bytes held at a time, and those of the scratch file, with all maps of `spill_bytes` or more in it. */
  void measure(uint64_t spill_bytes, uint64_t& memory_bytes, uint64_t& scratch_bytes);
  /**
   * Measures with as many maps in memory as the limit allows; where nothing is within it, with the least.
   *
   * @param least_bytes receives what would have to be allowed, if the return value is false
   */
  bool fit(uint64_t max_memory_bytes, bool has_scratch, uint64_t& least_bytes);
  /** @param buffer memory to work in, made larger if it has to be */
  nafnet_status execute(Buffer& buffer, nafnet_report& report, std::string& error);

  // ---- For operations

  RunMemory memory;
  MapRows rows;

  const Program& program() const { return plan_.program; }
  const nafnet_run_args& args() const { return args_; }
  FeatureMap& map(int number) { return maps_[number]; }
  /**
   * A map of operands beside the program's, of another map's shape. It stays open for the next step if that has
   * intermediate maps of the same shape.
   *
   * @param number 0 to kIntermediates − 1
   */
  FeatureMap& open_intermediate(int number, const FeatureMap& like);
  static constexpr int kIntermediates = 2;

  double flops_of(const Operation& step) const;
  /**
   * Calls item(index, thread) for each index below `count`, on all threads and in any order; dry it does nothing.
   *
   * @param flops the work's part of the progress
   * @return false if the run is to end
   */
  template <class Item>
  bool parallel_for(int64_t count, double flops, const Item& item) {
    return run_phase(count, flops, &item, [](const void* function, int64_t index, int thread) {
      (*static_cast<const Item*>(function))(index, thread);
    });
  }
  /** Number of the last `parallel_for`. */
  int64_t phase() const { return phases_; }
  /** Counts work that was done outside of `parallel_for`. */
  void add_progress(double flops) { done_flops_ += flops; }
  /** Tells into how many bands a map was cut, for the report. */
  void note_bands(int bands);
  /** Tells that the result has a NaN or an infinity. */
  void note_non_finite() { non_finite_ = true; }

 private:
  bool run_phase(int64_t count, double flops, const void* item, void (*call)(const void*, int64_t, int));
  bool run_all();
  bool run_step(size_t index);
  /** Closes the intermediate maps unless the step after `index` takes them over. */
  void close_intermediates(size_t index);

  const CompiledPlan& plan_;
  const nafnet_run_args& args_;
  const int threads_;
  const Size padded_;
  double total_flops_, done_flops_ = 0;

  std::vector<FeatureMap> maps_;
  /** The last step that uses each map. */
  std::vector<int> last_use_;
  FeatureMap intermediates_[kIntermediates];

  int bands_ = 1;
  int64_t phases_ = 0;
  bool aborted_ = false;
  std::atomic<bool> non_finite_{false};
};

}  // namespace nafnet
