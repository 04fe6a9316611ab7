/** A mutex and a condition variable: the standard library's, or in WebAssembly the same on its wait and notify. */
#pragma once

#ifdef __wasm__

#include <atomic>
#include <cstdint>

namespace nafnet {

/** Sleeps while the value is what was seen. The module without shared memory has one thread, which never waits. */
__attribute__((noinline)) inline void wait_while([[maybe_unused]] std::atomic<int32_t>& value, [[maybe_unused]] int32_t seen) {
#ifdef __wasm_atomics__
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int32_t*>(&value), seen, -1);
#endif
}

__attribute__((noinline)) inline void wake([[maybe_unused]] std::atomic<int32_t>& value, [[maybe_unused]] uint32_t waiters) {
#ifdef __wasm_atomics__
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int32_t*>(&value), waiters);
#endif
}

class Mutex {
 public:
  // No compare-exchange: V8 11 (Node 20) loses a local variable across it in code that it has not optimised yet.
  void lock() {
    while (state_.exchange(kHeld, std::memory_order_acquire) != kFree) wait_while(state_, kHeld);
  }
  void unlock() {
    state_.store(kFree, std::memory_order_release);
    wake(state_, 1);
  }

 private:
  static constexpr int32_t kFree = 0, kHeld = 1;
  std::atomic<int32_t> state_{kFree};
};

class Condition {
 public:
  void wait(Mutex& mutex) {
    const int32_t seen = signals_.load(std::memory_order_relaxed);
    mutex.unlock();
    wait_while(signals_, seen);
    mutex.lock();
  }
  void notify_one() {
    signals_.fetch_add(1, std::memory_order_relaxed);
    wake(signals_, 1);
  }
  void notify_all() {
    signals_.fetch_add(1, std::memory_order_relaxed);
    wake(signals_, UINT32_MAX);
  }

 private:
  std::atomic<int32_t> signals_{0};
};

/** The shape of std::lock_guard. */
class Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace nafnet

#else

#include <condition_variable>
#include <mutex>

namespace nafnet {

using Mutex = std::mutex;
using Lock = std::lock_guard<std::mutex>;

/** Waits on a mutex that is held, as std::condition_variable does on a lock. */
class Condition {
 public:
  void wait(Mutex& mutex) {
    std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace nafnet

#endif
