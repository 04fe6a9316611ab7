/** Work on a thread of its own, a promise for its result, and reports to the event loop meanwhile. */
#pragma once

#include <node_api.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "thread.h"

namespace nafnet::binding {

/**
 * One call that does not block the event loop. Not libuv's pool: its four threads are shared with the file system,
 * and a run takes seconds.
 */
class Task {
 public:
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /**
   * Starts the thread. Takes the task over: it is deleted when it has ended.
   *
   * @return a promise, or null with an exception pending
   */
  static napi_value start(napi_env env, Task* task);

  /** Holds on to a value that the work reads or writes until the task ends. */
  void keep(napi_env env, napi_value value);

 protected:
  Task() = default;

  /** On the task's own thread. */
  virtual void work() = 0;
  /** On the event loop, after the work. @return the promise's value, or null after `reject` */
  virtual napi_value result(napi_env env) = 0;
  /** On the event loop, with a fraction that `report` passed on. */
  virtual void reported(napi_env, double) {}
  /** On the event loop: the program or the worker ends and waits for the work. */
  virtual void abort() {}

  /** Called by the work; passed on at most once in 30 ms. */
  void report(double fraction);
  /** Sets the message that the promise is rejected with. */
  void reject(std::string message) { failure_ = std::move(message); }

 private:
  static void main(void* task);
  static void receive(napi_env env, napi_value, void* task, void* message);
  static void environment_ends(void* task);
  void settle(napi_env env);
  void forget(napi_env env);

  Thread thread_;
  napi_env env_ = nullptr;
  napi_deferred deferred_ = nullptr;
  napi_threadsafe_function channel_ = nullptr;
  std::vector<napi_ref> kept_;
  std::string failure_;
  std::atomic<double> fraction_{0};
  std::atomic<bool> report_waits_{false};
  std::chrono::steady_clock::time_point last_report_{};
};

}  // namespace nafnet::binding
