/**
 * The Node-API addon: the C interface of nafnet.h for src/engine/fused/native. Any number of threads of JavaScript
 * may load it: all state is in plans, and a plan belongs to the thread that made it.
 */
#include <node_api.h>

#include <string>

#include "arguments.h"
#include "nafnet.h"
#include "plan.h"
#include "run.h"
#include "task.h"
#include "values.h"

namespace nafnet::binding {

namespace {

class PeakGflops : public Task {
 public:
  PeakGflops(std::string isa, nafnet_precision precision, int32_t threads, double milliseconds)
      : isa_(std::move(isa)), precision_(precision), threads_(threads), milliseconds_(milliseconds) {}

 protected:
  void work() override {
    nafnet_pool* pool = nafnet_pool_create(threads_);
    if (pool == nullptr) {
      reject("There is no memory for the threads.");
      return;
    }
    gflops_ = nafnet_peak_gflops(isa_.c_str(), precision_, pool, milliseconds_);
    nafnet_pool_destroy(pool);
  }

  napi_value result(napi_env env) override { return number(env, gflops_); }

 private:
  std::string isa_;
  nafnet_precision precision_;
  int32_t threads_;
  double milliseconds_;
  double gflops_ = 0;
};

/** peakGflops(isa, precision, threads, milliseconds): Promise<number> */
napi_value peak_gflops(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string isa = arguments.string("isa");
  const nafnet_precision precision = arguments.precision("precision");
  const int32_t threads = arguments.integer("threads", 1, 1024);
  const double milliseconds = arguments.milliseconds("milliseconds");
  if (arguments.failed()) return nullptr;
  return Task::start(env, new PeakGflops(isa, precision, threads, milliseconds));
}

/** bfloat16Unit(isa): string | null */
napi_value bfloat16_unit(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string isa = arguments.string("isa");
  if (arguments.failed()) return nullptr;
  const char* unit = nafnet_bfloat16_unit(isa.c_str());
  napi_value none = nullptr;
  napi_get_null(env, &none);
  return unit == nullptr ? none : text(env, unit);
}

napi_value initialize(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {
      {"createPlan", create_plan},
      {"estimate", estimate},
      {"run", run},
      {"abort", abort},
      {"dispose", dispose},
      {"bfloat16Unit", bfloat16_unit},
      {"peakGflops", peak_gflops},
  };
  for (const auto& [name, function] : functions) {
    napi_value value = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) != napi_ok) return nullptr;
    set(env, exports, name, value);
  }
  set(env, exports, "abiVersion", number(env, NAFNET_ABI_VERSION));
  set(env, exports, "isas", text(env, nafnet_isas()));
  return exports;
}

}  // namespace

}  // namespace nafnet::binding

NAPI_MODULE_INIT() { return nafnet::binding::initialize(env, exports); }
