/** Threads, strips, the scratch file and estimates: none changes a bit of a result, and a run can be ended. */
#include "engine.h"

using namespace test;

namespace {

/** Threads, strips and the scratch file change no bit. */
void test_invariance() {
  struct Shape {
    int width, height;
  };
  for (const int kind : {0, 1, 2}) {
    Layout layout;
    layout.mdta = kind == 1;
    layout.heads = 8;
    layout.window = kind == 2 ? 48 : 0;
    const ProgramBuilder builder = network(layout);
    for (const Shape& shape : {Shape{350, 461}, Shape{90, 1311}}) {
      if (!kThorough && shape.height > 1000) continue;
      const std::vector<float> input = picture(shape.width, shape.height, 3);
      for (const std::string& isa : isas()) {
        Engine engine(builder, isa);
        const std::string name = name_of(isa, "kind " + std::to_string(kind), shape.width, shape.height);
        const std::vector<float> expected = engine.run(input, shape.width, shape.height);
        const nafnet_report whole = engine.report;
        nafnet_estimate estimate = engine.estimate({shape.width, shape.height, 1, 0, 1});
        check(estimate.memory_bytes == whole.peak_bytes && estimate.scratch_bytes == 0,
              name + ": estimate is the peak");
        for (const int threads : {2, 3, 5}) {
          if (!kThorough && threads != 3) continue;
          check(same_bits(expected, engine.run(input, shape.width, shape.height, threads)),
                name + ": " + std::to_string(threads) + " threads");
        }
        const uint64_t least = estimate.least_memory_bytes;
        for (const uint64_t limit : {least, (least + whole.peak_bytes) / 2, whole.peak_bytes - 1}) {
          if (!kThorough && limit != least) continue;
          MemoryScratch scratch(256 << 20);
          const bool same =
              same_bits(expected, engine.run(input, shape.width, shape.height, 1, limit, &scratch.scratch));
          check(same && engine.status == NAFNET_OK,
                name + ": within " + std::to_string(limit) + " bytes " + engine.message);
          check(engine.report.peak_bytes <= limit && engine.report.scratch_bytes > 0, name + ": keeps to the limit");
          estimate = engine.estimate({shape.width, shape.height, 1, limit, 1});
          check(estimate.memory_bytes == engine.report.peak_bytes &&
                    estimate.scratch_bytes == engine.report.scratch_bytes,
                name + ": estimate within a limit");
        }
        engine.run(input, shape.width, shape.height, 1, least);
        check(engine.status == NAFNET_OUT_OF_MEMORY && !engine.message.empty(),
              name + ": refused without a scratch file");
        MemoryScratch failing(0);
        engine.run(input, shape.width, shape.height, 2, 2 * least, &failing.scratch);
        check(engine.status == NAFNET_SCRATCH_FAILED, name + ": a scratch file that fails");
      }
    }
  }
}

/** A plan without weights tells what the one with weights needs. */
void test_estimates() {
  for (const bool mdta : {false, true}) {
    Layout layout;
    layout.mdta = mdta;
    const ProgramBuilder builder = network(layout);
    const std::vector<int32_t> code = builder.code();
    for (const std::string& isa : isas()) {
      Engine engine(builder, isa), empty(builder, isa);
      nafnet_plan_destroy(empty.plan);
      char error[256] = "";
      nafnet_program program = builder.program(code);
      program.weights = nullptr;
      check(nafnet_plan_create(&program, isa.c_str(), NAFNET_FLOAT32, &empty.plan, error, sizeof(error)) == NAFNET_OK,
            isa + ": a plan for estimates " + error);
      const nafnet_estimate_args args = {350, 461, 2, 0, 1};
      const nafnet_estimate expected = engine.estimate(args), estimate = empty.estimate(args);
      check(estimate.memory_bytes == expected.memory_bytes &&
                estimate.least_memory_bytes == expected.least_memory_bytes && estimate.flops == expected.flops,
            isa + ": the same estimate without weights");
      empty.run(picture(20, 20, 3), 20, 20);
      check(empty.status == NAFNET_INVALID && !empty.message.empty(), isa + ": a plan for estimates does not run");
    }
  }
}

void test_abort() {
  const ProgramBuilder builder = network(Layout());
  for (const std::string& isa : isas()) {
    Engine engine(builder, isa);
    const std::vector<float> input = picture(200, 200, 3);
    const std::vector<float> expected = engine.run(input, 200, 200, 2);
    engine.abort_at = 0.3;
    engine.run(input, 200, 200, 2);
    check(engine.status == NAFNET_ABORTED && engine.fraction < 0.9, isa + ": aborts in the middle");
    engine.abort_at = 2;
    check(same_bits(expected, engine.run(input, 200, 200, 2)), isa + ": runs after an abort");
  }
}

}  // namespace

int main() {
  test_invariance();
  test_estimates();
  test_abort();
  return finish();
}
