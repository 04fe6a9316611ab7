/** Programs on every instruction set against the interpreter, and what must not change a result: threads, strips,
 * memory. */
#include "interpreter.h"

using namespace test;

namespace {

std::string name_of(const std::string& isa, const std::string& what, int width, int height) {
  return isa + ": " + what + " at " + std::to_string(width) + "x" + std::to_string(height);
}

/** Twice the largest difference that was measured on any instruction set, see the line that is printed. */
constexpr double kBlockTolerance = 4e-6, kNetworkTolerance = 6e-6;

struct Case {
  std::string name;
  Layout layout;
};

std::vector<Case> networks() {
  std::vector<Case> cases;
  for (const int width : {3, 6, 8, 12, 16, 24, 40, 64}) {
    Layout layout;
    layout.width = width;
    cases.push_back({"SCA w" + std::to_string(width), layout});
  }
  for (const int heads : {1, 2, 4, 8}) {
    for (const int width : {8, 16, 24}) {
      Layout layout;
      layout.width = width;
      layout.mdta = true;
      layout.heads = heads;
      cases.push_back({"MDTA w" + std::to_string(width) + " heads " + std::to_string(heads), layout});
    }
  }
  Layout tlc;
  tlc.window = 12;
  cases.push_back({"TLC 12", tlc});
  Layout mask;
  mask.image_channels = 4;
  cases.push_back({"four channels", mask});
  Layout deep;
  deep.width = 8;
  deep.encoders = {1, 0, 2, 1};
  deep.decoders = {0, 1, 1, 2};
  deep.middle = 2;
  cases.push_back({"four levels", deep});
  return cases;
}

void test_networks() {
  const int sizes[][2] = {{1, 1}, {1, 7}, {9, 1}, {13, 11}, {33, 18}};
  int number = 0;
  for (const Case& c : networks()) {
    if (!kThorough && number++ % 3 != 0) continue;
    const Builder builder = network(c.layout);
    Interpreter interpreter(builder);
    for (const auto& [width, height] : sizes) {
      const std::vector<float> input = picture(width, height, c.layout.image_channels);
      const std::vector<double> expected = interpreter.run(input, width, height);
      for (const std::string& isa : isas()) {
        Engine engine(builder, isa);
        const double difference = largest_difference(engine.run(input, width, height), expected);
        check(engine.status == NAFNET_OK && difference <= kNetworkTolerance,
              name_of(isa, c.name, width, height) + ": " + std::to_string(difference * 1e6) + "e-6 " + engine.message);
        check(engine.monotone && engine.fraction == 1, name_of(isa, c.name, width, height) + ": progress ends at 1");
      }
    }
  }
}

/** A block alone, on more pixels than a tile or a band has. */
void test_blocks() {
  for (const int channels : {8, 20, 32, 96}) {
    for (const int kind : {0, 1, 2}) {
      Builder b(3, 1);
      const int map = b.map(channels, 1);
      b.convolution(0, map, -1, 1, 1, 0, 1);
      b.block(map, kind == 1, 4, kind == 2 ? 24 : 0, kind == 0);
      b.convolution(map, 1, -1, 1, 1, 0, 1);
      Interpreter interpreter(b);
      const std::vector<float> input = picture(41, 77, 3);
      const std::vector<double> expected = interpreter.run(input, 41, 77);
      for (const std::string& isa : isas()) {
        Engine engine(b, isa);
        const double difference = largest_difference(engine.run(input, 41, 77, 2), expected);
        check(difference <= kBlockTolerance,
              name_of(isa, "block of " + std::to_string(channels) + ", kind " + std::to_string(kind), 41, 77) + ": " +
                  std::to_string(difference * 1e6) + "e-6");
      }
    }
  }
}

/** The steps that another architecture would use. */
void test_steps() {
  Builder b(3, 4);
  const int first = b.map(6, 1), normed = b.map(6, 1), filtered = b.map(6, 1);
  const int small = b.map(20, 4), back = b.map(6, 1);
  b.convolution(0, first, -1, 5, 1, 2, 1);
  b.layer_norm(first, normed);
  b.depthwise(normed, filtered, 5, 3);
  b.add(first, filtered);
  b.convolution(filtered, small, -1, 7, 4, 2, 1);
  b.convolution(small, back, filtered, 3, 1, 1, 4);
  b.layer_norm(back, back);
  b.convolution(back, 1, 0, 3, 1, 1, 1);
  Interpreter interpreter(b);
  for (const auto& [width, height] : {std::pair{1, 1}, {19, 14}, {300, 1400}}) {
    if (!kThorough && height > 1000) continue;
    const std::vector<float> input = picture(width, height, 3);
    const std::vector<double> expected = interpreter.run(input, width, height);
    for (const std::string& isa : isas()) {
      Engine engine(b, isa);
      const std::vector<float> output = engine.run(input, width, height);
      const double difference = largest_difference(output, expected);
      check(difference <= kNetworkTolerance,
            name_of(isa, "steps", width, height) + ": " + std::to_string(difference * 1e6) + "e-6");
      nafnet_estimate estimate;
      nafnet_plan_estimate(engine.plan, width, height, 2, 0, 1, &estimate);
      const uint64_t whole = estimate.memory_bytes, least = estimate.least_memory_bytes;
      if (least == whole) continue;  // bands of a small picture save nothing
      MemoryScratch scratch(512 << 20);
      check(same_bits(output, engine.run(input, width, height, 2, least, &scratch.scratch)) &&
                engine.report.scratch_bytes > 0,
            name_of(isa, "steps from the scratch file", width, height) + " " + engine.message);
    }
  }
}

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
    const Builder builder = network(layout);
    for (const Shape& shape : {Shape{350, 461}, Shape{90, 1311}}) {
      if (!kThorough && shape.height > 1000) continue;
      const std::vector<float> input = picture(shape.width, shape.height, 3);
      for (const std::string& isa : isas()) {
        Engine engine(builder, isa);
        const std::string name = name_of(isa, "kind " + std::to_string(kind), shape.width, shape.height);
        const std::vector<float> expected = engine.run(input, shape.width, shape.height);
        const nafnet_report whole = engine.report;
        nafnet_estimate estimate;
        nafnet_plan_estimate(engine.plan, shape.width, shape.height, 1, 0, 1, &estimate);
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
          nafnet_plan_estimate(engine.plan, shape.width, shape.height, 1, limit, 1, &estimate);
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

void test_values() {
  Layout layout;
  const Builder builder = network(layout);
  Interpreter interpreter(builder);
  for (const std::string& isa : isas()) {
    Engine engine(builder, isa);
    std::vector<float> input = picture(21, 30, 3);
    input[100] = NAN;
    engine.run(input, 21, 30);
    check(engine.status == NAFNET_OK && engine.report.non_finite == 1, isa + ": NaN is told");
    input[100] = INFINITY;
    engine.run(input, 21, 30);
    check(engine.report.non_finite == 1, isa + ": infinity is told");
    input = picture(21, 30, 3, 1e-42f, 1e-39f);
    check(largest_difference(engine.run(input, 21, 30, 2), interpreter.run(input, 21, 30)) <= kNetworkTolerance &&
              engine.report.non_finite == 0,
          isa + ": denormals");
    input = picture(21, 30, 3, 50, 51);
    check(largest_difference(engine.run(input, 21, 30), interpreter.run(input, 21, 30)) <= 2e-3,
          isa + ": large values");
  }
}

/** A plan without weights tells what the one with weights needs. */
void test_estimates() {
  for (const bool mdta : {false, true}) {
    Layout layout;
    layout.mdta = mdta;
    const Builder builder = network(layout);
    const std::vector<int32_t> code = builder.code();
    for (const std::string& isa : isas()) {
      Engine engine(builder, isa), empty(builder, isa);
      nafnet_plan_destroy(empty.plan);
      char error[256] = "";
      check(nafnet_plan_create(code.data(), code.size(), nullptr, builder.weights.size(), isa.c_str(), NAFNET_FLOAT32,
                               &empty.plan, error, sizeof(error)) == NAFNET_OK,
            isa + ": a plan for estimates " + error);
      nafnet_estimate expected, estimate;
      nafnet_plan_estimate(engine.plan, 350, 461, 2, 0, 1, &expected);
      nafnet_plan_estimate(empty.plan, 350, 461, 2, 0, 1, &estimate);
      check(estimate.memory_bytes == expected.memory_bytes &&
                estimate.least_memory_bytes == expected.least_memory_bytes && estimate.flops == expected.flops,
            isa + ": the same estimate without weights");
      empty.run(picture(20, 20, 3), 20, 20);
      check(empty.status == NAFNET_INVALID && !empty.message.empty(), isa + ": a plan for estimates does not run");
    }
  }
}

void test_abort() {
  const Builder builder = network(Layout());
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

/** bfloat16 products: within 45 dB of float32's result, as the issue of precision asks. */
void test_bfloat16() {
  for (const std::string& isa : isas()) {
    if (nafnet_bfloat16_unit(isa.c_str()) == nullptr) {
      std::printf("%s: no bfloat16 products on this processor\n", isa.c_str());
      Engine engine(network(Layout()), isa, NAFNET_BFLOAT16);
      check(engine.status == NAFNET_INVALID && !engine.message.empty(), isa + ": refuses bfloat16");
      continue;
    }
#ifdef NAFNET_EMULATE_AMX
    check(std::string(nafnet_bfloat16_unit(isa.c_str())) == "amx-bf16", isa + ": AMX passes its check");
#endif
    // 32 channels and more, and 70 and 35 columns: whole matrices for AMX, with and without a rest.
    for (const auto& [width, mdta] : {std::pair{16, false}, {16, true}, {32, false}, {32, true}}) {
      Layout layout;
      layout.width = width;
      layout.mdta = mdta;
      const Builder builder = network(layout);
      const std::vector<float> input = picture(70, 90, 3);
      Engine exact(builder, isa), rounded(builder, isa, NAFNET_BFLOAT16);
      const std::vector<float> a = exact.run(input, 70, 90), b = rounded.run(input, 70, 90, 2);
      double squares = 0;
      for (size_t i = 0; i < a.size(); i++) squares += (a[i] - b[i]) * (a[i] - b[i]);
      const double psnr = -10 * std::log10(squares / a.size());
      check(psnr > 45 && psnr < 90,
            isa + ": bfloat16 at width " + std::to_string(width) + " differs by " + std::to_string(psnr) + " dB");
      check(same_bits(b, rounded.run(input, 70, 90, 3)), isa + ": bfloat16 with other threads");
    }
  }
}

void test_invalid() {
  const Builder good = network(Layout());
  std::vector<int32_t> code = good.code();
  nafnet_plan* plan;
  char error[256];
  const auto create = [&](const std::vector<int32_t>& program, size_t weights, const char* isa) {
    error[0] = '\0';
    const nafnet_status status = nafnet_plan_create(program.data(), program.size(), good.weights.data(), weights, isa,
                                                    NAFNET_FLOAT32, &plan, error, sizeof(error));
    nafnet_plan_destroy(plan);
    return status;
  };
  check(create(code, good.weights.size(), nullptr) == NAFNET_OK, "a program is accepted");
  check(create(code, good.weights.size(), "z80") == NAFNET_INVALID && error[0] != '\0', "an unknown instruction set");
  check(create(code, good.weights.size() - 1, nullptr) == NAFNET_INVALID, "weights that end too early");
  check(create({}, 0, nullptr) == NAFNET_INVALID, "no program");
  for (const int removed : {0, 4, 7, 8}) {
    std::vector<int32_t> with_step = code;
    with_step.insert(with_step.end(), {removed, 2, 3, 2});
    check(create(with_step, good.weights.size(), nullptr) == NAFNET_INVALID &&
              std::string(error).find("a step's code but received " + std::to_string(removed)) != std::string::npos,
          "a step that there is no operation for: " + std::to_string(removed));
  }
  for (size_t length = 0; length < code.size(); length++) {
    const std::vector<int32_t> cut(code.begin(), code.begin() + static_cast<ptrdiff_t>(length));
    create(cut, good.weights.size(), nullptr);  // refused, or a shorter program; never a crash
  }
  // Every value changed to what breaks assumptions: refused, or a program that runs.
  int refused = 0, accepted = 0;
  for (size_t i = 0; i < code.size(); i++) {
    for (const int32_t value : {-2147483647 - 1, -1, 0, 1, 2, 7, 65536, 2147483647}) {
      std::vector<int32_t> changed = code;
      changed[i] = value;
      if (create(changed, good.weights.size(), nullptr) == NAFNET_OK) {
        accepted++;
      } else {
        refused++;
        if (error[0] == '\0') check(false, "a refusal without a reason");
      }
    }
  }
  check(refused > 100 && accepted > 0,
        "changed programs: " + std::to_string(refused) + " refused, " + std::to_string(accepted) + " accepted");
  Engine engine(good, isas()[0]);
  for (const auto& [width, height] : {std::pair{0, 5}, {5, 0}, {-1, 5}, {1 << 30, 1}}) {
    engine.run(std::vector<float>(3), width, height);
    check(engine.status == NAFNET_INVALID, "a size that is none");
  }
}

}  // namespace

int main() {
  std::printf("instruction sets: %s\n", nafnet_isas());
  test_networks();
  test_blocks();
  test_steps();
  test_invariance();
  test_values();
  test_estimates();
  test_abort();
  test_bfloat16();
  test_invalid();
  return finish();
}
