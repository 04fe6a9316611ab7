/**
 * Sums over 24 megapixels against double precision: SCA's mean, and MDTA's products and norms.
 *
 * The picture repeats itself every 16 columns, so that a block gives the same values in every repetition but the first
 * and the last. The interpreter works on those three and counts the middle one as often as it occurs: the result is
 * that of the whole picture, at the cost of 192,000 pixels.
 */
#include "engine.h"
#include "interpreter.h"

using namespace test;

namespace {

constexpr int kWidth = 6000, kHeight = 4000, kPeriod = 16, kChannels = 16, kHeads = 8;

/** The place that a column of the picture has among the three repetitions. */
int place_of(int x) {
  if (x < kPeriod) return x;
  if (x >= kWidth - kPeriod) return x - kWidth + 3 * kPeriod;
  return kPeriod + x % kPeriod;
}

/**
 * Twice the largest difference that was measured. On avx512 an error of 1e-5 in the means made it 2.0e-6, one of 1e-4
 * in MDTA's products 1.4e-6.
 */
constexpr double kTolerance = 2.6e-7;

/** Makes more of what the sums say: with weights of order 1 an error of 1e-3 in them would be lost in rounding. */
void amplify(ProgramBuilder& b) {
  constexpr float kFactor = 100;
  const std::vector<int32_t> code = b.code();
  nafnet::Program program;
  check(nafnet::read_program(b.program(code), program).empty(), "the program is valid");
  for (const auto& step : program.steps) {
    if (step->code != nafnet::NafBlock::kCode) continue;
    const auto& block = static_cast<const nafnet::NafBlock&>(*step);
    const bool mdta = block.attention == nafnet::Attention::kMdta;
    const int first = block.weights[mdta ? nafnet::kTemperature : nafnet::kScaKernel];
    const int count = mdta ? block.heads : kChannels * kChannels;
    for (int i = 0; i < count; i++) b.weights[first + i] *= kFactor;
  }
}

void test_block(const char* name, bool mdta) {
  ProgramBuilder b(1, 1);
  const int map = b.map(kChannels, 1);
  b.convolution({.input = 0, .output = map, .size = 3, .padding = 1});
  b.block(map, mdta, kHeads, 0);
  b.convolution({.input = map, .output = 1});
  amplify(b);

  const std::vector<float> narrow = picture(3 * kPeriod, kHeight, 1);
  std::vector<float> input(static_cast<size_t>(kWidth) * kHeight), repeated(narrow.size());
  const auto value = [&](int y, int x) { return narrow[static_cast<size_t>(y) * 3 * kPeriod + x % kPeriod]; };
  for (int y = 0; y < kHeight; y++) {
    for (int x = 0; x < kWidth; x++) input[static_cast<size_t>(y) * kWidth + x] = value(y, x);
    for (int x = 0; x < 3 * kPeriod; x++) repeated[static_cast<size_t>(y) * 3 * kPeriod + x] = value(y, x);
  }
  std::vector<int> times(3 * kPeriod, 1);
  for (int x = kPeriod; x < 2 * kPeriod; x++) times[x] = kWidth / kPeriod - 2;
  const std::vector<double> expected = Interpreter(b, times).run(repeated, 3 * kPeriod, kHeight);

  for (const std::string& isa : isas()) {
    Engine engine(b, isa);
    const std::vector<float> output = engine.run(input, kWidth, kHeight, 2);
    double largest = output.size() == input.size() ? 0 : INFINITY;
    for (int y = 0; y < kHeight; y++) {
      for (int x = 0; x < kWidth; x++) {
        const double difference = std::fabs(output[static_cast<size_t>(y) * kWidth + x] -
                                            expected[static_cast<size_t>(y) * 3 * kPeriod + place_of(x)]);
        if (!(difference <= largest)) largest = difference;
      }
    }
    std::printf("%s: %s at 24 megapixels: %.1e\n", isa.c_str(), name, largest);
    check(engine.status == NAFNET_OK && largest <= kTolerance,
          isa + ": " + name + " at 24 megapixels " + engine.message);
  }
}

}  // namespace

int main() {
  test_block("SCA", false);
  test_block("MDTA", true);
  return finish();
}
