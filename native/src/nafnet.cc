/** The C interface of nafnet.h. */
#include "nafnet.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstring>
#include <new>
#include <string>

#include "dispatch.h"
#include "plan.h"
#include "pool.h"
#include "run.h"

using nafnet::InstructionSet;
using nafnet::Kernels;

struct nafnet_plan {
  nafnet::CompiledPlan compiled;
  std::string isa;
  bool has_weights = true;
  /** Memory of the last run, see kKeptBytes. */
  nafnet::Buffer memory;
};

namespace {

/** No side of a picture is longer: products of sizes stay within 64 bits, and rows within 31. */
constexpr int32_t kMaxSide = 1 << 20;

/**
 * Memory up to this size stays with the plan for its next picture: the system clears new memory, which costs 4 % of a
 * run at 512x512.
 */
constexpr size_t kKeptBytes = size_t{256} << 20;

void set_error(char* error, size_t size, const std::string& message) {
  if (error == nullptr || size == 0) return;
  const size_t length = std::min(message.size(), size - 1);
  std::memcpy(error, message.data(), length);
  error[length] = '\0';
}

std::string size_error(int32_t width, int32_t height) {
  if (width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide) return "";
  return "Expected 1 to " + std::to_string(kMaxSide) + " for width and height but received " + std::to_string(width) +
         " and " + std::to_string(height);
}

const Kernels* kernels_of(const InstructionSet& set, nafnet_precision precision) {
  return precision == NAFNET_BFLOAT16 ? set.bfloat16_kernels : set.kernels;
}

}  // namespace

extern "C" const char* nafnet_isas(void) {
  static const std::string names = [] {
    std::string joined;
    for (const InstructionSet& set : nafnet::instruction_sets()) joined += (joined.empty() ? "" : ",") + set.name;
    return joined;
  }();
  return names.c_str();
}

extern "C" const char* nafnet_bfloat16_unit(const char* isa) {
  const InstructionSet* set = nafnet::find_instruction_set(isa);
  return set == nullptr ? nullptr : set->bfloat16_unit;
}

extern "C" nafnet_status nafnet_plan_create(const nafnet_program* program, const char* isa, nafnet_precision precision,
                                            nafnet_plan** plan, char* error, size_t error_size) {
  *plan = nullptr;
  const InstructionSet* set = nafnet::find_instruction_set(isa);
  if (set == nullptr) {
    set_error(error, error_size, std::string("Expected one of ") + nafnet_isas() + " for isa but received " + isa);
    return NAFNET_INVALID;
  }
  const Kernels* kernels = kernels_of(*set, precision);
  if (kernels == nullptr) {
    set_error(error, error_size, "Expected a processor with bfloat16 products for this precision");
    return NAFNET_INVALID;
  }
  nafnet_plan* created = new (std::nothrow) nafnet_plan;
  if (created == nullptr) return NAFNET_OUT_OF_MEMORY;
  created->isa = set->name;
  created->has_weights = program->weights != nullptr;
  created->compiled.kernels = kernels;
  const std::string wrong = nafnet::read_program(*program, created->compiled.program);
  if (!wrong.empty()) {
    set_error(error, error_size, wrong);
    delete created;
    return NAFNET_INVALID;
  }
  if (!nafnet::compile(program->weights, *set->kernels, created->compiled)) {
    set_error(error, error_size, "There is not enough memory for the packed weights");
    delete created;
    return NAFNET_OUT_OF_MEMORY;
  }
  *plan = created;
  return NAFNET_OK;
}

extern "C" void nafnet_plan_destroy(nafnet_plan* plan) { delete plan; }

extern "C" const char* nafnet_plan_isa(const nafnet_plan* plan) { return plan->isa.c_str(); }

extern "C" nafnet_status nafnet_plan_estimate(const nafnet_plan* plan, const nafnet_estimate_args* args,
                                              nafnet_estimate* estimate) {
  if (!size_error(args->width, args->height).empty() || args->threads < 1) return NAFNET_INVALID;
  nafnet_run_args dry_args = {};
  dry_args.width = args->width;
  dry_args.height = args->height;
  nafnet::Run run(plan->compiled, dry_args, args->threads);
  uint64_t ignored;
  // A limit that nothing keeps tells the least; it is a byte, since 0 is no limit.
  run.fit(1, true, estimate->least_memory_bytes);
  run.fit(args->max_memory_bytes, args->has_scratch != 0, ignored);
  run.measure(run.memory.spill_bytes(), estimate->memory_bytes, estimate->scratch_bytes);
  const nafnet::Program& program = plan->compiled.program;
  estimate->flops = program.flops(program.padded_size(args->height, args->width));
  return NAFNET_OK;
}

extern "C" nafnet_status nafnet_plan_run(nafnet_plan* plan, const nafnet_run_args* args, nafnet_report* report,
                                         char* error, size_t error_size) {
  *report = {};
  const std::string wrong = size_error(args->width, args->height);
  if (!wrong.empty()) {
    set_error(error, error_size, wrong);
    return NAFNET_INVALID;
  }
  if (!plan->has_weights) {
    set_error(error, error_size, "Expected a plan with weights but this one is for estimates");
    return NAFNET_INVALID;
  }
  nafnet::Run run(plan->compiled, *args, nafnet::pool_threads(args->pool));
  std::string message;
  const nafnet_status status = run.execute(plan->memory, *report, message);
  if (plan->memory.bytes() > kKeptBytes) plan->memory.release();
  if (status != NAFNET_OK) set_error(error, error_size, message);
  return status;
}

extern "C" double nafnet_peak_gflops(const char* isa, nafnet_precision precision, nafnet_pool* pool,
                                     double milliseconds) {
  const InstructionSet* set = nafnet::find_instruction_set(isa);
  const Kernels* kernels = set == nullptr ? nullptr : kernels_of(*set, precision);
  if (kernels == nullptr) return 0;
  using Clock = std::chrono::steady_clock;
  struct Context {
    const Kernels* kernels;
    int64_t iterations;
  } context = {kernels, 300000};
  const int threads = nafnet::pool_threads(pool);
  nafnet::Phase phase = {};
  phase.count = threads;
  phase.context = &context;
  phase.item = [](void* user, int64_t, int) {
    const Context& c = *static_cast<Context*>(user);
    c.kernels->peak(c.iterations);
  };
  // Rounds of a millisecond or two, the best of which counts: a core that is taken away in between says nothing.
  double best = 0;
  const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  do {
    const auto start = Clock::now();
    nafnet::pool_run(pool, phase);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double multiply_adds =
        static_cast<double>(threads) * context.iterations * nafnet::kPeakChains * kernels->lanes;
    const double per_lane = kernels->operand_bytes == 2 ? 4 : 2;
    best = std::max(best, multiply_adds * per_lane / seconds / 1e9);
  } while (Clock::now() < end);
  return best;
}
