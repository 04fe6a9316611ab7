#include "program.h"

#include "operation.h"
#include "program_reader.h"
#include "rounding.h"

namespace nafnet {
namespace {

constexpr int32_t kMagic = 0x4e41464e;  // "NAFN"
constexpr int kMaxDivisor = 1 << 16;
constexpr size_t kMaxMaps = 1 << 20;

void read_header(ProgramReader& reader, Program& program) {
  reader.next("magic", kMagic, kMagic);
  reader.next("the program's version", NAFNET_PROGRAM_VERSION, NAFNET_PROGRAM_VERSION);
  const int maps = reader.next("the number of maps", 2, kMaxMaps);
  program.image_channels = reader.next("the picture's channels", 1, kMaxChannels);
  program.padding_multiple = reader.next("the padding multiple", 1, kMaxDivisor);
  for (int i = 0; i < maps && !reader.failed(); i++) {
    const int channels = reader.next("a map's channels", 1, kMaxChannels);
    const int divisor = reader.next("a map's divisor", 1, kMaxDivisor);
    reader.expect(program.padding_multiple % divisor == 0, "a divisor of the padding multiple");
    reader.expect(i > kResult || (channels == program.image_channels && divisor == 1), "the picture's shape");
    program.maps.push_back({channels, divisor});
  }
}

void read_step(ProgramReader& reader, Program& program) {
  const int code = reader.next("a step's code", INT32_MIN, INT32_MAX);
  std::unique_ptr<Operation> step = make_operation(code);
  if (step == nullptr) {
    reader.fail("Expected one of " + operation_codes() + " for a step's code but received " + std::to_string(code));
    return;
  }
  step->read(reader, program);
  program.steps.push_back(std::move(step));
}

/** @return whether every map is written before it is read */
bool written_before_read(const Program& program, std::vector<bool>& written) {
  written.assign(program.maps.size(), false);
  written[kPicture] = true;
  for (const auto& step : program.steps) {
    if (!written[step->input] || (step->add != kNone && !written[step->add])) return false;
    written[step->output] = true;
  }
  return true;
}

}  // namespace

Program::Program() = default;
Program::~Program() = default;

Size Program::padded_size(int height, int width) const {
  return {static_cast<int>(round_up(height, padding_multiple)), static_cast<int>(round_up(width, padding_multiple))};
}

double Program::flops(Size padded) const {
  double total = 0;
  for (const auto& step : steps) total += step->flops(padded);
  return total;
}

std::string read_program(const nafnet_program& source, Program& program) {
  ProgramReader reader(source.code, source.code_length, source.weight_count);
  reader.expect(source.code_length > 2 && source.code[0] == kMagic, "a program");
  if (reader.failed()) return reader.error();
  read_header(reader, program);
  while (!reader.at_end()) read_step(reader, program);
  if (reader.failed()) return reader.error();
  std::vector<bool> written;
  if (!written_before_read(program, written)) return "Expected every map to be written before it is read";
  if (!written[kResult]) return "Expected a step that writes the result";
  if (source.step_count != program.steps.size()) {
    return "Expected the operations of " + std::to_string(program.steps.size()) + " steps but received those of " +
           std::to_string(source.step_count);
  }
  for (size_t i = 0; i < program.steps.size(); i++) program.steps[i]->flops_per_pixel = source.flops_per_pixel[i];
  return "";
}

}  // namespace nafnet
