/** The pool: every item once, whatever the threads; stopping; many phases; denormals. */
#include "pool.h"

#include <atomic>
#include <cfloat>

#include "denormals.h"
#include "check.h"

namespace {

using nafnet::Phase;

void test_every_item_once() {
  for (int threads = 1; threads <= 5; threads++) {
    nafnet_pool* pool = nafnet_pool_create(threads);
    test::check(nafnet::pool_threads(pool) == threads, "a pool has the threads that were asked for");
    int wrong = 0;
    for (int round = 0; round < 2000; round++) {
      std::vector<int> runs(static_cast<size_t>(round % 17));
      const auto item = [](void* context, int64_t index, int thread) {
        (*static_cast<std::vector<int>*>(context))[static_cast<size_t>(index)] += thread >= 0 && thread < 5 ? 1 : 100;
      };
      if (!nafnet::pool_run(pool, {static_cast<int64_t>(runs.size()), item, &runs, nullptr, nullptr})) wrong++;
      for (const int count : runs) wrong += count != 1;
    }
    test::check(wrong == 0, "every item is run once with " + std::to_string(threads) + " threads");
    nafnet_pool_destroy(pool);
  }
}

void test_stops() {
  nafnet_pool* pool = nafnet_pool_create(3);
  std::atomic<int> runs{0};
  const auto item = [](void* context, int64_t, int) { static_cast<std::atomic<int>*>(context)->fetch_add(1); };
  const auto stop = [](void*, int64_t done) { return done > 0; };
  test::check(!nafnet::pool_run(pool, {1 << 30, item, &runs, stop, nullptr}), "a phase that is stopped says so");
  test::check(runs.load() < 1 << 30, "a phase that is stopped leaves items out");
  runs = 0;
  test::check(nafnet::pool_run(pool, {7, item, &runs, nullptr, nullptr}) && runs.load() == 7, "the next one is whole");
  nafnet_pool_destroy(pool);
}

/** Half of the smallest normal number: a denormal, or 0 where they are flushed. */
float half_of_smallest() {
  volatile float smallest = FLT_MIN;
  return smallest * 0.5f;
}

void test_denormals() {
  nafnet_pool* pool = nafnet_pool_create(2);
  float results[16];
  const auto item = [](void* context, int64_t index, int) { static_cast<float*>(context)[index] = half_of_smallest(); };
  nafnet::pool_run(pool, {16, item, results, nullptr, nullptr});
  bool flushed = true;
  for (const float result : results) flushed = flushed && result == 0;
  test::check(flushed, "denormals are flushed while items run");
  test::check(half_of_smallest() > 0, "denormals are back afterwards");
  nafnet_pool_destroy(pool);
}

}  // namespace

int main() {
  test_every_item_once();
  test_stops();
  test_denormals();
  nafnet_pool_destroy(nullptr);
  return test::finish();
}
