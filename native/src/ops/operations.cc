/** The table of operations: a line each. */
#include "operation.h"

#include "add.h"
#include "convolution.h"
#include "depthwise_convolution.h"
#include "layer_norm.h"
#include "naf_block.h"

namespace nafnet {
namespace {

struct Entry {
  /** Number in the program's format, `STEP` of src/graph/ProgramWriter.ts. */
  int code;
  std::unique_ptr<Operation> (*make)();
};

template <class Kind>
constexpr Entry entry() {
  return {Kind::kCode, [] { return std::unique_ptr<Operation>(new Kind); }};
}

// 4 and 7 were a gate and a PixelShuffle by themselves.
constexpr Entry kOperations[] = {
    entry<Convolution>(), entry<DepthwiseConvolution>(), entry<LayerNorm>(), entry<Add>(), entry<NafBlock>(),
};

}  // namespace

std::unique_ptr<Operation> make_operation(int code) {
  for (const Entry& operation : kOperations) {
    if (operation.code == code) return operation.make();
  }
  return nullptr;
}

std::string operation_codes() {
  std::string codes;
  for (const Entry& operation : kOperations) codes += (codes.empty() ? "" : ", ") + std::to_string(operation.code);
  return codes;
}

}  // namespace nafnet
