/** A mutex and a condition variable: the standard library's, or in WebAssembly the same on its wait and notify. */
#pragma once

#ifdef __wasm__

#include <atomic>
#include <cstdint>

namespace nafnet {

// Neither is inlined: V8 11 (Node 20) loses local variables across these two instructions in code that it has not
// optimised yet. Around a call it keeps them.

/** Sleeps while the value is what was seen. A module without shared memory has one thread, which never waits. */
__attribute__((noinline)) inline void wait_while(std::atomic<int32_t>& value, int32_t seen) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int32_t*>(&value), seen, -1);
}

__attribute__((noinline)) inline void wake(std::atomic<int32_t>& value, uint32_t waiters) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int32_t*>(&value), waiters);
}

class Mutex {
 public:
  void lock() {
    int32_t seen = kFree;
    if (state_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire)) return;
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) wait_while(state_, kAwaited);
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) wake(state_, 1);
  }

 private:
  static constexpr int32_t kFree = 0, kHeld = 1, kAwaited = 2;
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
