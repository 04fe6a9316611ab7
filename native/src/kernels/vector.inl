// Vectors of kLanes floats, and functions on them. The including file has defined kLanes.

/** For functions that must not become a call: their vectors would go through memory. */
#define NAFNET_INLINE __attribute__((always_inline))

/** Tells the compiler that a vector in a register is read and written. */
#define NAFNET_KEEP(vector) asm volatile("" : "+" NAFNET_REGISTER(vector))

/** Hides from the compiler how a pointer came about; V8 chooses its own addresses. */
#ifdef __wasm__
#define NAFNET_POINTER(pointer)
#else
#define NAFNET_POINTER(pointer) asm("" : "+r"(pointer))
#endif

typedef float Vec __attribute__((vector_size(4 * kLanes), may_alias, aligned(4)));
typedef double VecD __attribute__((vector_size(8 * kLanes), may_alias, aligned(8)));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec broadcast(float x) { return x - Vec{}; }

/** 1 in the lanes that are channels, counted from `first` on, and 0 in those that are padding. */
inline Vec channel_mask(int first, int channels) {
  Vec mask{};
  for (int i = 0; i < kLanes; i++) mask[i] = first + i < channels ? 1.0f : 0.0f;
  return mask;
}

/** One level of the sums across lanes: of each block of kBlock lanes of a and b, one half plus the other. */
template <int kBlock, int... kLane>
inline Vec add_halves(Vec a, Vec b, std::integer_sequence<int, kLane...>) {
  constexpr int kHalf = kBlock / 2;
  constexpr int kPerVector = kLanes / kBlock;
  constexpr auto source = [](int lane) {
    const int block = lane / kHalf;
    return block / kPerVector * kLanes + block % kPerVector * kBlock + lane % kHalf;
  };
  return __builtin_shufflevector(a, b, source(kLane)...) + __builtin_shufflevector(a, b, (source(kLane) + kHalf)...);
}

/** The sums across the lanes of kLanes vectors, one a lane. Each vector's lanes are added in the same order. */
template <int kBlock = kLanes, int kCount = kLanes>
inline Vec lane_sums(const Vec* v) {
  Vec sums[kCount / 2];
  for (int i = 0; i < kCount / 2; i++) {
    sums[i] = add_halves<kBlock>(v[2 * i], v[2 * i + 1], std::make_integer_sequence<int, kLanes>());
  }
  if constexpr (kCount == 2) {
    return sums[0];
  } else {
    return lane_sums<kBlock / 2, kCount / 2>(sums);
  }
}

/** sums[lane] += v[lane], in double precision. */
inline void add_to(double* sums, Vec v) {
  VecD& target = *reinterpret_cast<VecD*>(sums);
  target += __builtin_convertvector(v, VecD);
}

/** Calls f with each of the constants 0 to kCount - 1: a loop that is certainly unrolled. */
template <int kCount, class F>
inline NAFNET_INLINE void unrolled(F&& f) {
  [&]<int... kIndex>(std::integer_sequence<int, kIndex...>)
      NAFNET_INLINE { (f(std::integral_constant<int, kIndex>()), ...); }(std::make_integer_sequence<int, kCount>());
}
