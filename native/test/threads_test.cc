/** Memory that threads share in a run, small enough for ThreadSanitizer: blocks, strips, scratch file, abort. */
#include "engine.h"

namespace {

void test_runs(const std::string& isa, bool mdta) {
  test::Layout layout;
  layout.width = 8;
  layout.mdta = mdta;
  test::Engine engine(test::network(layout), isa);
  constexpr int kWidth = 61, kHeight = 83;
  const std::vector<float> input = test::picture(kWidth, kHeight, 3);
  const std::string name = isa + (mdta ? ", MDTA" : ", SCA");

  const std::vector<float> one = engine.run(input, kWidth, kHeight, 1);
  test::check(engine.status == NAFNET_OK, name + ": runs on one thread");
  const std::vector<float> three = engine.run(input, kWidth, kHeight, 3);
  test::check(engine.status == NAFNET_OK && test::same_bits(one, three), name + ": the same on three threads");

  nafnet_estimate estimate = engine.estimate({kWidth, kHeight, 3, 0, 1});
  test::MemoryScratch scratch(size_t{16} << 20);
  const std::vector<float> spilled =
      engine.run(input, kWidth, kHeight, 3, estimate.least_memory_bytes, &scratch.scratch);
  test::check(engine.status == NAFNET_OK && test::same_bits(one, spilled), name + ": the same through a scratch file");

  engine.abort_at = 0.3;
  engine.run(input, kWidth, kHeight, 3);
  test::check(engine.status == NAFNET_ABORTED, name + ": stops");
}

}  // namespace

int main() {
  for (const std::string& isa : test::isas()) {
    for (const bool mdta : {false, true}) test_runs(isa, mdta);
  }
  return test::finish();
}
