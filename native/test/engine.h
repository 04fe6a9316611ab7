/** Plans that are run with guard values around their output, and comparisons of results. */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "nafnet.h"
#include "program_builder.h"

namespace test {

/** A scratch file that is memory. */
struct MemoryScratch {
  std::vector<char> bytes;
  bool fail = false;
  nafnet_scratch scratch;

  explicit MemoryScratch(size_t size) : bytes(size) {
    scratch.user = this;
    scratch.read = [](void* user, uint64_t offset, void* to, size_t count) -> int32_t {
      auto& self = *static_cast<MemoryScratch*>(user);
      if (self.fail || offset + count > self.bytes.size()) return 1;
      std::memcpy(to, self.bytes.data() + offset, count);
      return 0;
    };
    scratch.write = [](void* user, uint64_t offset, const void* from, size_t count) -> int32_t {
      auto& self = *static_cast<MemoryScratch*>(user);
      if (self.fail || offset + count > self.bytes.size()) return 1;
      std::memcpy(self.bytes.data() + offset, from, count);
      return 0;
    };
  }
};

/** A plan and a pool, freed at the end. */
class Engine {
 public:
  Engine(const ProgramBuilder& builder, const std::string& isa, nafnet_precision precision = NAFNET_FLOAT32) {
    const std::vector<int32_t> code = builder.code();
    char error[256] = "";
    const nafnet_program program = builder.program(code);
    status = nafnet_plan_create(&program, isa.c_str(), precision, &plan, error, sizeof(error));
    message = error;
  }
  nafnet_estimate estimate(const nafnet_estimate_args& args) const {
    nafnet_estimate figures = {};
    nafnet_plan_estimate(plan, &args, &figures);
    return figures;
  }
  ~Engine() { nafnet_plan_destroy(plan); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /** The output with guard values round it, which are checked. */
  std::vector<float> run(const std::vector<float>& input, int width, int height, int threads = 1,
                         uint64_t max_memory_bytes = 0, const nafnet_scratch* scratch = nullptr) {
    constexpr size_t kGuard = 64;
    constexpr float kGuardValue = -12345.0f;
    std::vector<float> guarded(input.size() + 2 * kGuard, kGuardValue);
    nafnet_pool* pool = nafnet_pool_create(threads);
    nafnet_run_args args = {};
    args.input = input.data();
    args.output = guarded.data() + kGuard;
    args.width = width;
    args.height = height;
    args.pool = pool;
    args.max_memory_bytes = max_memory_bytes;
    args.scratch = scratch;
    args.abort_flag = &abort;
    args.user = this;
    args.progress = [](void* user, double fraction) {
      auto& self = *static_cast<Engine*>(user);
      self.monotone = self.monotone && fraction >= self.fraction && fraction <= 1;
      self.fraction = fraction;
      if (fraction >= self.abort_at) self.abort = 1;
    };
    fraction = 0;
    monotone = true;
    abort = 0;
    char error[256] = "";
    status = nafnet_plan_run(plan, &args, &report, error, sizeof(error));
    message = error;
    nafnet_pool_destroy(pool);
    bool intact = true;
    for (size_t i = 0; i < kGuard; i++) {
      intact = intact && guarded[i] == kGuardValue && guarded[guarded.size() - 1 - i] == kGuardValue;
    }
    check(intact, "nothing is written beside the output");
    return std::vector<float>(guarded.begin() + kGuard, guarded.end() - kGuard);
  }

  nafnet_plan* plan = nullptr;
  nafnet_status status;
  std::string message;
  nafnet_report report = {};
  double fraction = 0, abort_at = 2;
  bool monotone = true;
  volatile int32_t abort = 0;
};

/** A case, for a failure's message. */
inline std::string name_of(const std::string& isa, const std::string& what, int width, int height) {
  return isa + ": " + what + " at " + std::to_string(width) + "x" + std::to_string(height);
}

inline double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(a.size(), b.size()); i++) {
    const double difference = std::fabs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Whether two results have the same bits. */
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace test
