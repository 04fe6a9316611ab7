/** Work shared between threads that sleep when there is none: natively threads of our own, in WebAssembly workers. */
#pragma once

#include <cstdint>

#include "nafnet.h"

namespace nafnet {

/** A part of a run between two waits for all threads: `count` items, each run once, in any order, on any thread. */
struct Phase {
  int64_t count;
  void (*item)(void* context, int64_t index, int thread);
  void* context;
  /** Called on the caller's thread between its items; returns true to skip the items that are left. May be null. */
  bool (*between)(void* context, int64_t done);
  void* between_context;
};

/** Number of threads of a pool, the caller's included. */
int pool_threads(const nafnet_pool* pool);

/**
 * Runs a phase and returns when all its items have ended. Items are handed out one at a time, so that a thread that
 * loses its core to another process holds up no more than the item it is at. Denormals are flushed to zero on every
 * thread while items run, where the processor can.
 *
 * @return false if `between` asked to stop
 */
bool pool_run(nafnet_pool* pool, const Phase& phase);

}  // namespace nafnet
