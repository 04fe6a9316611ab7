// Products of bfloat16 by AVX512-BF16. The including file has included vector.inl.

/** Operands of bfloat16: two neighbouring input channels at a time, [channel / 2][output channel][2]. */
struct Bfloat16 {
  typedef uint16_t T;
  static constexpr int kPerStep = 2, kTileRows = 0;
  typedef int Factor __attribute__((vector_size(64), may_alias, aligned(4)));
  static Factor load_weights(const T* p) { return *reinterpret_cast<const Factor*>(p); }
  static Factor load_pixel(const T* p) {
    int pair;
    std::memcpy(&pair, p, sizeof(pair));
    return (Factor)_mm512_set1_epi32(pair);
  }
  static Vec multiply_add(Factor pixel, Factor weights, Vec sum) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)pixel, (__m512bh)weights);
  }
  static void store(T* p, Vec v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh((__m512)v));
  }
  static Vec load(const T* p) {
    typedef uint16_t Halves __attribute__((vector_size(32), may_alias, aligned(2)));
    typedef uint32_t Words __attribute__((vector_size(64)));
    return (Vec)(__builtin_convertvector(*reinterpret_cast<const Halves*>(p), Words) << 16);
  }
};
