#include "run.h"

#include <optional>
#include <string>

#include "arguments.h"
#include "plan.h"
#include "scratch.h"
#include "task.h"
#include "values.h"

namespace nafnet::binding {

namespace {

const char* name_of(nafnet_status status) {
  switch (status) {
    case NAFNET_OK:
      return "ok";
    case NAFNET_ABORTED:
      return "aborted";
    case NAFNET_OUT_OF_MEMORY:
      return "out-of-memory";
    case NAFNET_SCRATCH_FAILED:
      return "scratch-failed";
    case NAFNET_INVALID:
      return "invalid";
  }
  return "invalid";
}

class Run : public Task {
 public:
  Run(napi_env env, Plan* plan, const nafnet_run_args& args, const std::string& scratch_folder, napi_value on_progress)
      : plan_(plan), args_(args), folder_(scratch_folder) {
    if (!folder_.empty()) scratch_.emplace(folder_);
    napi_create_reference(env, on_progress, 1, &on_progress_);
  }

  ~Run() override { plan_->busy = false; }

 protected:
  void work() override {
    nafnet_scratch callbacks = {};
    if (scratch_.has_value()) {
      callbacks = scratch_->callbacks();
      args_.scratch = &callbacks;
    }
    args_.progress = [](void* self, double fraction) { static_cast<Run*>(self)->report(fraction); };
    args_.user = this;
    status_ = nafnet_plan_run(plan_->plan, &args_, &report_, error_, sizeof error_);
  }

  void reported(napi_env env, double fraction) override {
    napi_value callback = nullptr;
    napi_value undefined = nullptr;
    const napi_value argument = number(env, fraction);
    if (napi_get_reference_value(env, on_progress_, &callback) != napi_ok || callback == nullptr) return;
    napi_get_undefined(env, &undefined);
    napi_call_function(env, undefined, callback, 1, &argument, nullptr);
  }

  void abort() override { plan_->request_abort(); }

  napi_value result(napi_env env) override {
    plan_->busy = false;
    napi_delete_reference(env, on_progress_);
    napi_value object = nullptr;
    if (napi_create_object(env, &object) != napi_ok) return nullptr;
    set(env, object, "status", text(env, name_of(status_)));
    if (status_ != NAFNET_OK) {
      std::string message = error_[0] != '\0' ? error_ : name_of(status_);
      const std::string reason = scratch_.has_value() ? scratch_->failure() : "";
      if (!reason.empty()) message += " The scratch file in " + folder_ + ": " + reason + ".";
      set(env, object, "message", text(env, message));
      return object;
    }
    set(env, object, "peakBytes", number(env, static_cast<double>(report_.peak_bytes)));
    set(env, object, "scratchBytes", number(env, static_cast<double>(report_.scratch_bytes)));
    set(env, object, "strips", number(env, report_.strips));
    set(env, object, "nonFinite", boolean(env, report_.non_finite != 0));
    return object;
  }

 private:
  Plan* plan_;
  nafnet_run_args args_;
  std::string folder_;
  std::optional<Scratch> scratch_;
  napi_ref on_progress_ = nullptr;
  nafnet_status status_ = NAFNET_INVALID;
  nafnet_report report_ = {};
  char error_[512] = "";
};

/** @return whether both arrays hold height · width · channels values */
bool sizes_agree(const Plan& plan, const nafnet_run_args& args, size_t input_length, size_t output_length) {
  const uint64_t pixels = static_cast<uint64_t>(args.width) * static_cast<uint64_t>(args.height);  // below 2^62
  if (plan.channels < 1 || input_length != output_length) return false;
  const uint64_t channels = static_cast<uint64_t>(plan.channels);
  return input_length % channels == 0 && input_length / channels == pixels;
}

}  // namespace

napi_value run(napi_env env, napi_callback_info info) {
  Arguments arguments = Arguments(env, info).fields(
      "run", {"plan", "input", "output", "width", "height", "maxMemoryBytes", "scratchFolder", "onProgress"});
  Plan* plan = plan_argument(env, arguments);
  const napi_value plan_object = arguments.last();
  const Values<float> input = arguments.float32_array("input");
  const napi_value input_array = arguments.last();
  const Values<float> output = arguments.float32_array("output");
  const napi_value output_array = arguments.last();
  nafnet_run_args args = {};
  args.input = input.data;
  args.output = output.data;
  args.width = arguments.integer("width", 1, INT32_MAX);
  args.height = arguments.integer("height", 1, INT32_MAX);
  args.max_memory_bytes = arguments.byte_limit("maxMemoryBytes");
  const std::string folder = arguments.string_or_null("scratchFolder");
  const napi_value on_progress = arguments.function("onProgress");
  if (arguments.failed()) return nullptr;
  if (!sizes_agree(*plan, args, input.length, output.length)) {
    arguments.fail("Expected height · width · " + std::to_string(plan->channels) +
                   " values for input and output but received " + std::to_string(input.length) + " and " +
                   std::to_string(output.length) + ".");
    return nullptr;
  }
  if (input.data < output.data + output.length && output.data < input.data + input.length) {
    arguments.fail("Expected an output that does not overlap the input.");
    return nullptr;
  }
  if (plan->busy) {
    arguments.fail("Expected a plan without a run at work.");
    return nullptr;
  }
  args.pool = plan->pool;
  args.abort_flag = &plan->abort_flag;
  plan->abort_flag = 0;
  plan->busy = true;
  Run* task = new Run(env, plan, args, folder, on_progress);
  for (const napi_value value : {plan_object, input_array, output_array}) task->keep(env, value);
  return Task::start(env, task);
}

}  // namespace nafnet::binding
