#include "program.h"

#include "nafnet.h"

namespace nafnet {
namespace {

constexpr int32_t kMagic = 0x4e41464e;  // "NAFN"
/** Keep every product of sizes far inside 64 bits; no network comes near them. */
constexpr int kMaxChannels = 1 << 16;
constexpr int kMaxKernel = 64;
constexpr int kMaxDivisor = 1 << 16;
constexpr size_t kMaxMaps = 1 << 20;

class Reader {
 public:
  Reader(const int32_t* code, size_t length, size_t weight_count)
      : code_(code), length_(length), weight_count_(static_cast<int64_t>(weight_count)) {}

  bool at_end() const { return position_ == length_ || !error_.empty(); }
  const std::string& error() const { return error_; }
  size_t position() const { return position_; }

  void fail(const std::string& what) {
    if (error_.empty()) error_ = what + " (program value " + std::to_string(position_) + ")";
  }
  void expect(bool holds, const char* what) {
    if (!holds) fail(std::string("Expected ") + what);
  }
  int next(const char* name, int least, int most) {
    if (position_ == length_) {
      fail(std::string("The program ends before ") + name);
      return least;
    }
    const int value = code_[position_++];
    if (value < least || value > most) {
      fail("Expected " + std::to_string(least) + " to " + std::to_string(most) + " for " + name + " but received " +
           std::to_string(value));
      return least;
    }
    return value;
  }
  /** Where a weight's `count` values begin. */
  int weight(const char* name, int64_t count, bool optional = false) {
    const int offset = next(name, kNone, INT32_MAX);
    if (offset == kNone) {
      if (!optional) fail(std::string("Expected a weight for ") + name);
    } else if (count > weight_count_ || offset > weight_count_ - count) {
      fail(std::string("Expected ") + std::to_string(count) + " values for " + name + " but the weights end before");
    }
    return offset;
  }

 private:
  const int32_t* code_;
  size_t length_;
  int64_t weight_count_;
  size_t position_ = 0;
  std::string error_;
};

bool same_shape(const MapShape& a, const MapShape& b) { return a.channels == b.channels && a.divisor == b.divisor; }

void read_convolution(Reader& reader, const Program& program, int maps, Step& step) {
  step.input = reader.next("input", 0, maps);
  step.output = reader.next("output", kResult, maps);
  step.add = reader.next("add", kNone, maps);
  step.kernel_height = reader.next("kernel height", 1, kMaxKernel);
  step.kernel_width = reader.next("kernel width", 1, kMaxKernel);
  step.stride = reader.next("stride", 1, kMaxKernel);
  step.padding = reader.next("padding", 0, kMaxKernel);
  step.shuffle = reader.next("shuffle", 1, kMaxKernel);
  step.input_channels = reader.next("input channels", 1, kMaxChannels);
  step.output_channels = reader.next("output channels", 1, kMaxChannels);
  const int64_t taps = int64_t{step.kernel_height} * step.kernel_width;
  step.kernel = reader.weight("kernel", taps * step.input_channels * step.output_channels);
  step.bias = reader.weight("bias", step.output_channels, true);
  if (!reader.error().empty()) return;
  const MapShape& input = program.maps[step.input];
  const MapShape& output = program.maps[step.output];
  const int factor = step.shuffle * step.shuffle;
  reader.expect(step.input != kResult && step.add != kResult, "a map that is not the result to read from");
  reader.expect(step.input != step.output, "a convolution to write to another map than it reads");
  reader.expect(input.channels == step.input_channels, "the input's channels to be the kernel's");
  reader.expect(output.channels * factor == step.output_channels, "the output's channels to be the kernel's");
  reader.expect(int64_t{input.divisor} * step.stride == int64_t{output.divisor} * step.shuffle,
                "the output's size to follow from stride and shuffle");
  reader.expect(step.add == kNone || same_shape(program.maps[step.add], output), "an added map of the output's shape");
  reader.expect(step.shuffle == 1 || step.output != kResult, "no shuffle to the result");
  // Pictures have no padded channels.
  reader.expect((step.add == kPicture) <= (step.output == kResult), "the picture to be added to the result only");
  reader.expect(step.output != kResult || step.add <= kPicture, "nothing but the picture to be added to the result");
}

/** Of a step that is neither convolution nor block: an input and an output that are maps of their own. */
void read_maps(Reader& reader, int maps, Step& step) {
  step.input = reader.next("input", kResult + 1, maps);
  step.output = reader.next("output", kResult + 1, maps);
}

void read_block(Reader& reader, const Program& program, int maps, Step& step) {
  step.input = step.output = reader.next("map", kResult + 1, maps);
  step.attention = static_cast<Attention>(reader.next("attention", 0, 1));
  step.heads = reader.next("heads", 1, kMaxChannels);
  step.window_height = reader.next("window height", 0, INT32_MAX);
  step.window_width = reader.next("window width", 0, INT32_MAX);
  if (!reader.error().empty()) return;
  const int64_t c = program.maps[step.input].channels;
  const bool mdta = step.attention == Attention::kMdta;
  reader.expect(!mdta || c % step.heads == 0, "channels that the heads divide");
  reader.expect((step.window_height == 0) == (step.window_width == 0), "a window with both sides, or none");
  const int64_t counts[kBlockWeights] = {c,          c,         2 * c * c, 2 * c,     9 * 2 * c, 2 * c, c * c, c,     c,
                                         c,          2 * c * c, 2 * c,     c * c,     c,         c,     c,     c * c, c,
                                         step.heads, 3 * c * c, 3 * c,     9 * 3 * c, 3 * c,     c * c, c};
  for (int i = 0; i < kBlockWeights; i++) {
    const bool of_sca = i == kScaKernel || i == kScaBias;
    const bool used = i < kScaKernel || of_sca != mdta;
    const bool bias = i == kQkvBias || i == kQkvDwconvBias || i == kProjectOutBias;
    step.block[i] = used ? reader.weight("a weight of a block", counts[i], bias)
                         : reader.next("an unused weight", kNone, INT32_MAX);
  }
}

void read_step(Reader& reader, Program& program) {
  const int maps = static_cast<int>(program.maps.size()) - 1;
  Step step;
  const int code = reader.next("a step's code", INT32_MIN, INT32_MAX);
  step.kind = static_cast<StepKind>(code);
  switch (step.kind) {
    case StepKind::kConvolution:
      read_convolution(reader, program, maps, step);
      break;
    case StepKind::kNafBlock:
      read_block(reader, program, maps, step);
      break;
    case StepKind::kDepthwise: {
      read_maps(reader, maps, step);
      step.kernel_height = reader.next("kernel height", 1, kMaxKernel);
      step.kernel_width = reader.next("kernel width", 1, kMaxKernel);
      const int c = reader.next("channels", 1, kMaxChannels);
      step.kernel = reader.weight("kernel", int64_t{step.kernel_height} * step.kernel_width * c);
      step.bias = reader.weight("bias", c, true);
      reader.expect(step.input != step.output && program.maps[step.input].channels == c &&
                        same_shape(program.maps[step.input], program.maps[step.output]),
                    "two maps of the kernel's channels");
      break;
    }
    case StepKind::kLayerNorm: {
      read_maps(reader, maps, step);
      const int c = reader.next("channels", 1, kMaxChannels);
      step.kernel = reader.weight("weight", c);
      step.bias = reader.weight("bias", c);
      reader.expect(
          program.maps[step.input].channels == c && same_shape(program.maps[step.input], program.maps[step.output]),
          "maps of the weight's channels");
      break;
    }
    case StepKind::kAdd:
      read_maps(reader, maps, step);
      reader.expect(step.input != step.output && same_shape(program.maps[step.input], program.maps[step.output]),
                    "two maps of one shape");
      break;
    default:
      reader.fail("Expected one of 1, 2, 3, 5, 6 for a step's code but received " + std::to_string(code));
  }
  program.steps.push_back(step);
}

}  // namespace

std::string read_program(const int32_t* code, size_t length, size_t weight_count, Program& program) {
  Reader reader(code, length, weight_count);
  reader.expect(length > 2 && code[0] == kMagic, "a program");
  if (!reader.error().empty()) return reader.error();
  reader.next("magic", kMagic, kMagic);
  reader.next("the program's version", NAFNET_ABI_VERSION, NAFNET_ABI_VERSION);
  const int maps = reader.next("the number of maps", 2, kMaxMaps);
  program.image_channels = reader.next("the picture's channels", 1, kMaxChannels);
  program.padding_multiple = reader.next("the padding multiple", 1, kMaxDivisor);
  for (int i = 0; i < maps && reader.error().empty(); i++) {
    const int channels = reader.next("a map's channels", 1, kMaxChannels);
    const int divisor = reader.next("a map's divisor", 1, kMaxDivisor);
    reader.expect(program.padding_multiple % divisor == 0, "a divisor of the padding multiple");
    reader.expect(i > kResult || (channels == program.image_channels && divisor == 1), "the picture's shape");
    program.maps.push_back({channels, divisor});
  }
  while (!reader.at_end()) read_step(reader, program);
  if (!reader.error().empty()) return reader.error();
  // Every map is written before it is read, and the result at the end.
  std::vector<bool> written(program.maps.size());
  written[kPicture] = true;
  for (const Step& step : program.steps) {
    const bool in_place = step.kind == StepKind::kAdd;
    if (!written[step.input] || (step.add != kNone && !written[step.add]) || (in_place && !written[step.output])) {
      return "Expected every map to be written before it is read";
    }
    written[step.output] = true;
  }
  if (!written[kResult]) return "Expected a step that writes the result";
  return "";
}

}  // namespace nafnet
