// All kernels for one instruction set, and their table. isa/end.h includes it after what isa/begin.h lists is defined.

#include "gemm.inl"
#include "layer_norm.inl"
#include "depthwise3x3.inl"
#include "gram.inl"
#include "pointwise_depthwise.inl"
#include "project_ffn.inl"
#include "convolve.inl"
#include "local_mean.inl"
#include "depthwise.inl"
#include "arrays.inl"
#include "peak.inl"

/** Null where the processor has a unit for whole matrices that does not compute what it should. */
template <class Operand>
const Kernels* kernel_table() {
  if constexpr (Operand::kTileRows > 0) {
    static const bool works = Operand::works();
    if (!works) return nullptr;
  }
  static const Kernels table = {
      .isa = kIsa,
      .lanes = kLanes,
      .batch_panels = kBatchPanels,
      .operand_bytes = sizeof(typename Operand::T),
      .pointwise_depthwise_workspace = pointwise_depthwise_workspace<Operand>,
      .pointwise_depthwise = pointwise_depthwise<Operand>,
      .project_ffn_tile_pixels = project_ffn_tile_pixels,
      .project_ffn_workspace = project_ffn_workspace<Operand>,
      .project_ffn = project_ffn<Operand>,
      .convolve_row_workspace = convolve_row_workspace<Operand>,
      .convolve_row = convolve_row<Operand>,
      .convolve_row_to_picture_workspace = convolve_row_workspace<Float32>,
      .convolve_row_to_picture = convolve_row_to_picture,
      .local_mean_workspace = local_mean_workspace,
      .local_mean = local_mean<Operand>,
      .vector_matrix = vector_matrix,
      .add = add,
      .layer_norm = layer_norm,
      .depthwise_row = depthwise_row,
      .peak = peak<Operand>,
  };
  return &table;
}
