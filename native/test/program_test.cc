/** Programs that are not valid: each is refused with a reason, and none crashes. */
#include "engine.h"

using namespace test;

namespace {

void test_invalid() {
  const ProgramBuilder good = network(Layout());
  std::vector<int32_t> code = good.code();
  nafnet_plan* plan;
  char error[256];
  const auto create = [&](const std::vector<int32_t>& program, size_t weights, const char* isa) {
    error[0] = '\0';
    nafnet_program source = good.program(program);
    source.weight_count = weights;
    const nafnet_status status = nafnet_plan_create(&source, isa, NAFNET_FLOAT32, &plan, error, sizeof(error));
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
  test_invalid();
  return finish();
}
