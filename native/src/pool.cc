/** The pool: threads that sleep on a condition variable between phases. */
#include "pool.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "denormals.h"
#include "sync.h"
#include "thread.h"

namespace {

using nafnet::Phase;

struct Worker {
  nafnet_pool* pool = nullptr;
  int index = 0;
  nafnet::Thread thread;
};

}  // namespace

struct nafnet_pool {
  nafnet::Mutex mutex;
  nafnet::Condition work;
  nafnet::Condition idle;

  /** Guarded by the mutex, like the following. */
  const Phase* phase = nullptr;
  /** Workers that may still join the phase. A worker that wakes too late finds 0 and holds nobody up. */
  int open_places = 0;
  /** Workers that run its items. */
  int active = 0;
  bool ending = false;

  Worker* workers = nullptr;
  int worker_count = 0;

  /** On a cache line of its own: every thread writes it once an item. */
  alignas(64) std::atomic<int64_t> next{0};
  alignas(64) std::atomic<int64_t> done{0};
};

namespace {

/** Runs items until none is left. */
void run_items(nafnet_pool& pool, const Phase& phase, int thread) {
  const nafnet::DenormalsFlushed flushed;
  for (;;) {
    const int64_t index = pool.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= phase.count) return;
    phase.item(phase.context, index, thread);
    pool.done.fetch_add(1, std::memory_order_relaxed);
  }
}

/** Runs items on the caller's thread, with `between` after each. @return false if it asked to stop */
bool run_items_as_caller(nafnet_pool& pool, const Phase& phase) {
  const nafnet::DenormalsFlushed flushed;
  for (;;) {
    const int64_t index = pool.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= phase.count) return true;
    phase.item(phase.context, index, 0);
    const int64_t done = pool.done.fetch_add(1, std::memory_order_relaxed) + 1;
    if (phase.between != nullptr && phase.between(phase.between_context, done)) {
      pool.next.store(phase.count, std::memory_order_relaxed);
      return false;
    }
  }
}

void worker_main(void* argument) {
  const Worker& worker = *static_cast<const Worker*>(argument);
  nafnet_pool& pool = *worker.pool;
  const nafnet::Lock lock(pool.mutex);
  for (;;) {
    while (pool.open_places == 0 && !pool.ending) pool.work.wait(pool.mutex);
    if (pool.ending) return;
    --pool.open_places;
    ++pool.active;
    const Phase& phase = *pool.phase;
    pool.mutex.unlock();
    run_items(pool, phase, worker.index);
    pool.mutex.lock();
    if (--pool.active == 0) pool.idle.notify_one();
  }
}

}  // namespace

extern "C" nafnet_pool* nafnet_pool_create(int32_t threads) {
  nafnet_pool* pool = new (std::nothrow) nafnet_pool;
  if (pool == nullptr) return nullptr;
  const int workers = std::max(threads, 1) - 1;
  pool->workers = new (std::nothrow) Worker[static_cast<size_t>(workers)];
  if (pool->workers == nullptr) {
    delete pool;
    return nullptr;
  }
  for (int i = 0; i < workers; i++) {
    Worker& worker = pool->workers[i];
    worker.pool = pool;
    worker.index = i + 1;
    // Where the system gives no more threads, the pool has fewer. In WebAssembly workers come by themselves.
    if (!worker.thread.start(worker_main, &worker)) break;
    pool->worker_count++;
  }
  return pool;
}

extern "C" void nafnet_pool_destroy(nafnet_pool* pool) {
  if (pool == nullptr) return;
  {
    const nafnet::Lock lock(pool->mutex);
    pool->ending = true;
  }
  pool->work.notify_all();
#ifndef __wasm__  // a worker may still be on its way to nafnet_pool_join: the pool goes with its memory
  for (int i = 0; i < pool->worker_count; i++) pool->workers[i].thread.join();
  delete[] pool->workers;
  delete pool;
#endif
}

#ifdef __wasm__
/** Entry of a worker: it works for the pool as thread `index`, 1 to threads − 1, until the pool ends. */
extern "C" void nafnet_pool_join(nafnet_pool* pool, int32_t index) { worker_main(&pool->workers[index - 1]); }
#endif

namespace nafnet {

int pool_threads(const nafnet_pool* pool) { return pool->worker_count + 1; }

bool pool_run(nafnet_pool* pool, const Phase& phase) {
  if (phase.count <= 0) return true;
  const int helpers = static_cast<int>(std::min<int64_t>(pool->worker_count, phase.count - 1));
  pool->done.store(0, std::memory_order_relaxed);
  pool->next.store(0, std::memory_order_relaxed);
  if (helpers > 0) {
    {
      const nafnet::Lock lock(pool->mutex);
      pool->phase = &phase;
      pool->open_places = helpers;
    }
    if (helpers == pool->worker_count) {
      pool->work.notify_all();
    } else {
      for (int i = 0; i < helpers; i++) pool->work.notify_one();
    }
  }
  const bool complete = run_items_as_caller(*pool, phase);
  if (helpers > 0) {
    const nafnet::Lock lock(pool->mutex);
    pool->open_places = 0;
    while (pool->active != 0) pool->idle.wait(pool->mutex);
    pool->phase = nullptr;
  }
  return complete;
}

}  // namespace nafnet
