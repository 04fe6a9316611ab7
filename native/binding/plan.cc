#include "plan.h"

#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "pool.h"
#include "task.h"
#include "values.h"

namespace nafnet::binding {

namespace {

/** Mark of our objects: one without it is refused. */
constexpr napi_type_tag kPlanTag = {0x6e61666e65740001, 0x9d3b6a51c2f04e87};

/** Index of the value of a program that tells the picture's channels, see ProgramWriter.ts. */
constexpr size_t kChannelsIndex = 3;

constexpr int32_t kMostThreads = 1024;

class CreatePlan : public Task {
 public:
  /** @param weights kept alive by the caller, see `keep` */
  CreatePlan(std::vector<int32_t> code, std::vector<double> flops_per_pixel, Values<float> weights, std::string isa,
             nafnet_precision precision, int32_t threads)
      : code_(std::move(code)),
        flops_per_pixel_(std::move(flops_per_pixel)),
        weights_(weights),
        isa_(std::move(isa)),
        precision_(precision),
        threads_(threads) {}

  ~CreatePlan() override {
    if (plan_ != nullptr) plan_->free();
  }

 protected:
  void work() override {
    char error[512] = "";
    nafnet_plan* plan = nullptr;
    const nafnet_program program = {.code = code_.data(),
                                    .code_length = code_.size(),
                                    .weights = weights_.data,
                                    .weight_count = weights_.length,
                                    .flops_per_pixel = flops_per_pixel_.data(),
                                    .step_count = flops_per_pixel_.size()};
    const nafnet_status status = nafnet_plan_create(&program, isa_.c_str(), precision_, &plan, error, sizeof error);
    if (status != NAFNET_OK || plan == nullptr) {
      reject(error[0] != '\0' ? error : "The plan cannot be made.");
      return;
    }
    plan_ = std::make_unique<Plan>();
    plan_->plan = plan;
    plan_->channels = code_.size() > kChannelsIndex ? code_[kChannelsIndex] : 0;
    plan_->pool = nafnet_pool_create(threads_);
    if (plan_->pool == nullptr) reject("There is no memory for the threads.");
    if (plan_->pool != nullptr) plan_->threads = pool_threads(plan_->pool);
  }

  napi_value result(napi_env env) override {
    napi_value object = nullptr;
    if (napi_create_object(env, &object) != napi_ok ||
        napi_wrap(env, object, plan_.get(), &CreatePlan::collected, nullptr, nullptr) != napi_ok) {
      reject("Node has no memory for the plan.");
      return nullptr;
    }
    const Plan* plan = plan_.release();  // the object's from here on
    napi_type_tag_object(env, object, &kPlanTag);
    set(env, object, "isa", text(env, nafnet_plan_isa(plan->plan)));
    return object;
  }

 private:
  static void collected(napi_env, void* plan, void*) {
    static_cast<Plan*>(plan)->free();
    delete static_cast<Plan*>(plan);
  }

  std::vector<int32_t> code_;
  std::vector<double> flops_per_pixel_;
  Values<float> weights_;
  std::string isa_;
  nafnet_precision precision_;
  int32_t threads_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace

void Plan::free() {
  nafnet_plan_destroy(plan);
  nafnet_pool_destroy(pool);
  plan = nullptr;
  pool = nullptr;
}

Plan* plan_argument(napi_env env, Arguments& arguments) {
  const napi_value object = arguments.object("plan");
  if (arguments.failed()) return nullptr;
  bool ours = false;
  void* plan = nullptr;
  if (napi_check_object_type_tag(env, object, &kPlanTag, &ours) != napi_ok || !ours ||
      napi_unwrap(env, object, &plan) != napi_ok) {
    arguments.fail("Expected what createPlan returned for plan.");
    return nullptr;
  }
  if (static_cast<Plan*>(plan)->plan == nullptr) {
    arguments.fail("Expected a plan that has not been disposed of.");
    return nullptr;
  }
  return static_cast<Plan*>(plan);
}

napi_value create_plan(napi_env env, napi_callback_info info) {
  Arguments arguments =
      Arguments(env, info).fields("plan", {"code", "weights", "flopsPerPixel", "isa", "precision", "threads"});
  const Values<int32_t> code = arguments.int32_array("code");
  const Values<float> weights = arguments.float32_array("weights");
  const napi_value weights_array = arguments.last();
  const Values<double> flops = arguments.float64_array("flopsPerPixel");
  const std::string isa = arguments.string("isa");
  const nafnet_precision precision = arguments.precision("precision");
  const int32_t threads = arguments.integer("threads", 1, kMostThreads);
  if (arguments.failed()) return nullptr;
  // The code is copied: it is checked once and then believed.
  CreatePlan* task = new CreatePlan({code.data, code.data + code.length}, {flops.data, flops.data + flops.length},
                                    weights, isa, precision, threads);
  task->keep(env, weights_array);
  return Task::start(env, task);
}

napi_value estimate(napi_env env, napi_callback_info info) {
  Arguments arguments =
      Arguments(env, info).fields("estimate", {"plan", "width", "height", "maxMemoryBytes", "hasScratch"});
  const Plan* plan = plan_argument(env, arguments);
  const int32_t width = arguments.integer("width", 1, INT32_MAX);
  const int32_t height = arguments.integer("height", 1, INT32_MAX);
  const uint64_t limit = arguments.byte_limit("maxMemoryBytes");
  const bool has_scratch = arguments.boolean("hasScratch");
  if (arguments.failed()) return nullptr;
  const nafnet_estimate_args args = {.width = width,
                                     .height = height,
                                     .threads = plan->threads,
                                     .max_memory_bytes = limit,
                                     .has_scratch = has_scratch};
  nafnet_estimate figures = {};
  if (nafnet_plan_estimate(plan->plan, &args, &figures) != NAFNET_OK) {
    arguments.fail("The plan has no estimate for " + std::to_string(width) + "x" + std::to_string(height) + ".");
    return nullptr;
  }
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  set(env, object, "memoryBytes", number(env, static_cast<double>(figures.memory_bytes)));
  set(env, object, "scratchBytes", number(env, static_cast<double>(figures.scratch_bytes)));
  set(env, object, "flops", number(env, figures.flops));
  set(env, object, "leastMemoryBytes", number(env, static_cast<double>(figures.least_memory_bytes)));
  return object;
}

napi_value abort(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Plan* plan = plan_argument(env, arguments);
  if (plan != nullptr && plan->busy) plan->request_abort();
  return nullptr;
}

napi_value dispose(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Plan* plan = plan_argument(env, arguments);
  if (plan == nullptr) return nullptr;
  if (plan->busy) {
    arguments.fail("Expected a plan without a run at work.");
    return nullptr;
  }
  plan->free();
  return nullptr;
}

}  // namespace nafnet::binding
