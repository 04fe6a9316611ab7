/** Programs on every instruction set against the interpreter: networks, blocks, operations, values, bfloat16. */
#include "engine.h"
#include "interpreter.h"

using namespace test;

namespace {

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
    const ProgramBuilder builder = network(c.layout);
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
      ProgramBuilder b(3, 1);
      const int map = b.map(channels, 1);
      b.convolution({.input = 0, .output = map});
      b.block(map, kind == 1, 4, kind == 2 ? 24 : 0, kind == 0);
      b.convolution({.input = map, .output = 1});
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

/** The operations that another architecture would use. */
void test_operations() {
  ProgramBuilder b(3, 4);
  const int first = b.map(6, 1), normed = b.map(6, 1), filtered = b.map(6, 1);
  const int small = b.map(20, 4), back = b.map(6, 1);
  b.convolution({.input = 0, .output = first, .size = 5, .padding = 2});
  b.layer_norm(first, normed);
  b.depthwise(normed, filtered, 5, 3);
  b.add(first, filtered);
  b.convolution({.input = filtered, .output = small, .size = 7, .stride = 4, .padding = 2});
  b.convolution({.input = small, .output = back, .add = filtered, .size = 3, .padding = 1, .shuffle = 4});
  b.layer_norm(back, back);
  b.convolution({.input = back, .output = 1, .add = 0, .size = 3, .padding = 1});
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
            name_of(isa, "operations", width, height) + ": " + std::to_string(difference * 1e6) + "e-6");
      nafnet_estimate estimate = engine.estimate({width, height, 2, 0, 1});
      const uint64_t whole = estimate.memory_bytes, least = estimate.least_memory_bytes;
      if (least == whole) continue;  // bands of a small picture save nothing
      MemoryScratch scratch(512 << 20);
      check(same_bits(output, engine.run(input, width, height, 2, least, &scratch.scratch)) &&
                engine.report.scratch_bytes > 0,
            name_of(isa, "operations from the scratch file", width, height) + " " + engine.message);
    }
  }
}

void test_values() {
  Layout layout;
  const ProgramBuilder builder = network(layout);
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
      const ProgramBuilder builder = network(layout);
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

}  // namespace

int main() {
  std::printf("instruction sets: %s\n", nafnet_isas());
  test_networks();
  test_blocks();
  test_operations();
  test_values();
  test_bfloat16();
  return finish();
}
