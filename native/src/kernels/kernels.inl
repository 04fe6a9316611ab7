// All kernels for one instruction set, and their table. isa/end.h includes it after what isa/begin.h lists is defined.

/** Panels of pass A that share a ring: 64 expanded channels fill the ring's rows within the second-level cache. */
constexpr int kBatchPanels = 64 / (2 * kLanes) > 0 ? 64 / (2 * kLanes) : 1;
/** Values of a tile of pass B. */
constexpr int kTileValues = 16384;

#include "gemm.inl"
#include "layer_norm.inl"
#include "pointwise_depthwise.inl"
#include "project_ffn.inl"
#include "convolve.inl"
#include "local_mean.inl"
#include "depthwise.inl"

typedef NAFNET_PRODUCT Product;

/**
 * What the processor reaches at best, see nafnet_peak_gflops. Nothing of it may be left out: the factors come from
 * memory and the sums, which are factors too where that is possible, go there.
 */
inline void fma_peak(int64_t iterations) {
  typedef Product::Factor Factor;
  volatile float memory[2] = {1.0f, 0.0f};
  const Vec one = broadcast(memory[0]), zero = broadcast(memory[1]);
  // Read anew for each: chains that are known to be equal would become one.
  Vec sums[kPeakChains];
  unrolled<kPeakChains>([&](auto chain) NAFNET_INLINE { sums[chain] = broadcast(memory[0]); });
  for (int64_t i = 0; i < iterations; i++) {
    unrolled<kPeakChains>([&](auto chain) NAFNET_INLINE {
      if constexpr (Product::kPerStep == 1) {
        sums[chain] = fma(sums[chain], one, zero);
      } else {
        sums[chain] = Product::multiply_add((Factor)one, (Factor)zero, sums[chain]);
      }
    });
  }
  Vec total = zero;
  unrolled<kPeakChains>([&](auto chain) NAFNET_INLINE { total += sums[chain]; });
  memory[1] = total[0] - kPeakChains;
}

template <class Operand>
void peak(int64_t iterations) {
  if constexpr (Operand::kTileRows > 0) {
    Operand::peak(iterations);
  } else {
    fma_peak(iterations);
  }
}

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
      .expand_workspace = expand_workspace<Operand>,
      .expand = expand<Operand>,
      .finish_tile = finish_tile,
      .finish_workspace = finish_workspace<Operand>,
      .finish = finish<Operand>,
      .convolve_workspace = gathered_bytes<Operand>,
      .convolve = convolve<Operand>,
      .convolve_to_picture_workspace = gathered_bytes<Float32>,
      .convolve_to_picture = convolve_to_picture,
      .local_mean_workspace = local_mean_workspace,
      .local_mean = local_mean<Operand>,
      .mix_rows = mix_rows,
      .add = add,
      .layer_norm = layer_norm,
      .depthwise = depthwise,
      .peak = peak<Operand>,
  };
  return &table;
}
