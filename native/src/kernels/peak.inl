// The most that the processor reaches, see nafnet_peak_gflops.

/**
 * Multiply-adds on registers. Nothing of it may be left out: the factors come from memory and the sums, which are
 * factors too where that is possible, go there.
 */
template <class Operand>
inline void fma_peak(int64_t iterations) {
  typedef typename Operand::Factor Factor;
  volatile float memory[2] = {1.0f, 0.0f};
  const Vec one = broadcast(memory[0]), zero = broadcast(memory[1]);
  // Read anew for each: chains that are known to be equal would become one.
  Vec sums[kPeakChains];
  unrolled<kPeakChains>([&](auto chain) NAFNET_INLINE { sums[chain] = broadcast(memory[0]); });
  for (int64_t i = 0; i < iterations; i++) {
    unrolled<kPeakChains>([&](auto chain) NAFNET_INLINE {
      if constexpr (Operand::kPerStep == 1) {
        sums[chain] = fma(sums[chain], one, zero);
      } else {
        sums[chain] = Operand::multiply_add((Factor)one, (Factor)zero, sums[chain]);
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
    fma_peak<Operand>(iterations);
  }
}
