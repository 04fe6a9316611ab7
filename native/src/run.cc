#include "run.h"

#include <algorithm>

#include "operation.h"
#include "pool.h"

namespace nafnet {

Run::Run(const CompiledPlan& plan, const nafnet_run_args& args, int threads)
    : rows(args.scratch),
      plan_(plan),
      args_(args),
      threads_(threads),
      padded_(plan.program.padded_size(args.height, args.width)),
      total_flops_(plan.program.flops(padded_)) {
  for (const MapShape& shape : plan.program.maps) {
    FeatureMap map;
    map.height = padded_.height / shape.divisor;
    map.width = padded_.width / shape.divisor;
    map.channels = shape.channels;
    map.padded_channels = static_cast<int>(round_up(shape.channels, plan.kernels->lanes));
    maps_.push_back(map);
  }
  last_use_.assign(maps_.size(), -1);
  for (size_t i = 0; i < plan.program.steps.size(); i++) {
    const Operation& step = *plan.program.steps[i];
    for (const int used : {step.input, step.output, step.add}) {
      if (used != kNone) last_use_[used] = static_cast<int>(i);
    }
  }
}

double Run::flops_of(const Operation& step) const { return step.flops(padded_); }

void Run::note_bands(int bands) { bands_ = std::max(bands_, bands); }

FeatureMap& Run::open_intermediate(int number, const FeatureMap& like) {
  FeatureMap& map = intermediates_[number];
  const bool same_shape =
      map.height == like.height && map.width == like.width && map.padded_channels == like.padded_channels;
  if (map.live && same_shape) return map;
  memory.close(map);
  map.value_bytes = plan_.kernels->operand_bytes;
  map.height = like.height;
  map.width = like.width;
  map.channels = like.channels;
  map.padded_channels = like.padded_channels;
  memory.open(map);
  return map;
}

void Run::close_intermediates(size_t index) {
  if (index + 1 < plan_.program.steps.size()) {
    const int like = plan_.program.steps[index + 1]->intermediates_like();
    const FeatureMap& map = intermediates_[0];
    if (like != kNone && map.live && maps_[like].padded_channels == map.padded_channels &&
        maps_[like].height == map.height) {
      return;
    }
  }
  for (FeatureMap& map : intermediates_) memory.close(map);
}

bool Run::run_phase(int64_t count, double flops, const void* item, void (*call)(const void*, int64_t, int)) {
  if (memory.dry()) return true;
  struct Context {
    Run* run;
    const void* item;
    void (*call)(const void*, int64_t, int);
    double flops;
    int64_t count;
  } context = {this, item, call, flops, count};
  Phase phase;
  phase.count = count;
  phase.context = phase.between_context = &context;
  phase.item = [](void* user, int64_t index, int thread) {
    const Context& c = *static_cast<Context*>(user);
    if (!c.run->rows.failed()) c.call(c.item, index, thread);
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
  return !aborted_ && !rows.failed();
}

bool Run::run_step(size_t index) {
  const Operation& step = *plan_.program.steps[index];
  if (step.output != kResult) memory.open(maps_[step.output]);
  if (!step.run(*this)) return false;
  for (const int used : {step.input, step.output, step.add}) {
    if (used > kResult && last_use_[used] == static_cast<int>(index)) memory.close(maps_[used]);
  }
  close_intermediates(index);
  return true;
}

bool Run::run_all() {
  bool done = true;
  for (size_t i = 0; done && i < plan_.program.steps.size(); i++) done = run_step(i);
  for (FeatureMap& map : maps_) memory.close(map);
  for (FeatureMap& map : intermediates_) memory.close(map);
  return done;
}

nafnet_status Run::execute(Buffer& buffer, nafnet_report& report, std::string& error) {
  uint64_t least_bytes;
  const bool has_scratch = args_.scratch != nullptr;
  if (!fit(args_.max_memory_bytes, has_scratch, least_bytes)) {
    error = "Expected at least " + std::to_string(least_bytes) + " bytes for max_memory_bytes" +
            (has_scratch ? "" : " without a scratch file") + " but received " + std::to_string(args_.max_memory_bytes);
    return NAFNET_OUT_OF_MEMORY;
  }
  const uint64_t bytes = memory.bytes(threads_);
  report.peak_bytes = plan_.packed_bytes + bytes;
  report.scratch_bytes = memory.scratch_bytes();
  report.strips = bands_;
  if (args_.max_memory_bytes != 0 && plan_.packed_bytes + buffer.bytes() > args_.max_memory_bytes) buffer.release();
  if (buffer.bytes() < bytes && (bytes > SIZE_MAX || !buffer.allocate(std::max<size_t>(bytes, kAlignment)))) {
    error = "The system has no " + std::to_string(bytes) + " bytes of memory";
    return NAFNET_OUT_OF_MEMORY;
  }
  // fit() has measured what is needed; the same steps now take the same places.
  memory.start(buffer.data(), threads_);
  run_all();
  report.non_finite = non_finite_;
  if (rows.failed()) {
    error = "Reading or writing the scratch file of " + std::to_string(report.scratch_bytes) + " bytes failed";
    return NAFNET_SCRATCH_FAILED;
  }
  if (aborted_) return NAFNET_ABORTED;
  // The last items may have been another thread's, which does not report.
  if (args_.progress != nullptr) args_.progress(args_.user, 1);
  return NAFNET_OK;
}

}  // namespace nafnet
