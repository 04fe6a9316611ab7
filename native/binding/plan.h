/** A compiled plan with its pool, as an object of JavaScript. */
#pragma once

#include <node_api.h>

#include "nafnet.h"

namespace nafnet::binding {

struct Plan {
  nafnet_plan* plan = nullptr;
  nafnet_pool* pool = nullptr;
  /** Channels of the input and of the output. */
  int32_t channels = 0;
  int32_t threads = 1;
  /** A run is at work: the plan is neither run again nor freed. */
  bool busy = false;
  /** Read by the run's threads, written by the event loop. */
  int32_t abort_flag = 0;

  void request_abort() { __atomic_store_n(&abort_flag, 1, __ATOMIC_RELAXED); }
  void free();
};

/** createPlan({ code, weights, flopsPerPixel, isa, precision, threads }): Promise<plan> */
napi_value create_plan(napi_env env, napi_callback_info info);
/** estimate({ plan, width, height, maxMemoryBytes, hasScratch }) */
napi_value estimate(napi_env env, napi_callback_info info);
/** abort(plan): ends the run that is at work, if one is. */
napi_value abort(napi_env env, napi_callback_info info);
/** dispose(plan): throws while a run is at work. */
napi_value dispose(napi_env env, napi_callback_info info);

class Arguments;
/** The next argument; a TypeError is pending where it is null. */
Plan* plan_argument(napi_env env, Arguments& arguments);

}  // namespace nafnet::binding
