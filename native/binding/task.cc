#include "task.h"

namespace nafnet::binding {

namespace {

constexpr auto kBetweenReports = std::chrono::milliseconds(30);

/** Messages to the event loop: addresses that mean something, so that nothing is allocated. */
char report_message;
char end_message;

}  // namespace

napi_value Task::start(napi_env env, Task* task) {
  napi_value promise = nullptr;
  napi_value name = nullptr;
  task->env_ = env;
  if (napi_create_string_utf8(env, "nafnet", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_promise(env, &task->deferred_, &promise) != napi_ok ||
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, task, &Task::receive,
                                      &task->channel_) != napi_ok) {
    task->forget(env);
    delete task;
    napi_throw_error(env, nullptr, "Node cannot start a task.");
    return nullptr;
  }
  // Hooks run in the opposite order of their adding: this one before the channel's own, which must find no user left.
  napi_add_env_cleanup_hook(env, &Task::environment_ends, task);
  if (!task->thread_.start(&Task::main, task)) {
    napi_remove_env_cleanup_hook(env, &Task::environment_ends, task);
    napi_release_threadsafe_function(task->channel_, napi_tsfn_abort);
    task->reject("The system has no thread to give: end other programs, or raise the limit of processes.");
    task->settle(env);
    task->forget(env);
    delete task;
  }
  return promise;
}

void Task::keep(napi_env env, napi_value value) {
  napi_ref reference = nullptr;
  if (napi_create_reference(env, value, 1, &reference) == napi_ok) kept_.push_back(reference);
}

void Task::report(double fraction) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_report_ < kBetweenReports) return;
  last_report_ = now;
  fraction_.store(fraction, std::memory_order_relaxed);
  // A busy event loop finds the newest fraction once, not a queue of old ones.
  if (report_waits_.exchange(true)) return;
  napi_call_threadsafe_function(channel_, &report_message, napi_tsfn_nonblocking);
}

void Task::main(void* argument) {
  Task* task = static_cast<Task*>(argument);
  task->work();
  const napi_threadsafe_function channel = task->channel_;
  napi_call_threadsafe_function(channel, &end_message, napi_tsfn_nonblocking);
  napi_release_threadsafe_function(channel, napi_tsfn_release);
}

void Task::receive(napi_env env, napi_value, void* argument, void* message) {
  if (env == nullptr) return;  // the environment has ended, and with it the task
  Task* task = static_cast<Task*>(argument);
  if (message == &report_message) {
    task->report_waits_.store(false);
    task->reported(env, task->fraction_.load(std::memory_order_relaxed));
    return;
  }
  napi_remove_env_cleanup_hook(env, &Task::environment_ends, task);
  task->thread_.join();
  task->settle(env);
  task->forget(env);
  delete task;
}

void Task::environment_ends(void* argument) {
  Task* task = static_cast<Task*>(argument);
  task->abort();
  task->thread_.join();
  delete task;  // its references end with the environment
}

void Task::settle(napi_env env) {
  napi_value value = failure_.empty() ? result(env) : nullptr;
  if (value != nullptr && failure_.empty()) {
    napi_resolve_deferred(env, deferred_, value);
    return;
  }
  napi_value message = nullptr;
  napi_value error = nullptr;
  if (napi_create_string_utf8(env, failure_.c_str(), failure_.size(), &message) == napi_ok &&
      napi_create_error(env, nullptr, message, &error) == napi_ok) {
    napi_reject_deferred(env, deferred_, error);
  }
}

void Task::forget(napi_env env) {
  for (const napi_ref reference : kept_) napi_delete_reference(env, reference);
  kept_.clear();
}

}  // namespace nafnet::binding
