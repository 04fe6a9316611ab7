#include "dispatch.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace nafnet {
namespace {

#if defined(__x86_64__) || defined(__i386__)

/** CPUID's answers, and the registers that the system saves on a context switch (XCR0). */
struct Processor {
  bool avx2 = false, avx512 = false, avx512_bf16 = false, amx_bf16 = false;

  Processor() {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    const bool osxsave = c >> 27 & 1, fma = c >> 12 & 1;
    if (!osxsave) return;
    unsigned low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    const bool ymm = (low & 0x6) == 0x6, zmm = (low & 0xe6) == 0xe6;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    const unsigned subleaves = a;
    const bool tiles = (low & 0x60000) == 0x60000 && (d >> 24 & 1) && (d >> 22 & 1);
    avx2 = ymm && fma && (b >> 5 & 1);
    const unsigned f_dq_bw_vl = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
    avx512 = avx2 && zmm && (b & f_dq_bw_vl) == f_dq_bw_vl;
    if (subleaves < 1 || !__get_cpuid_count(7, 1, &a, &b, &c, &d)) return;
    avx512_bf16 = avx512 && (a >> 5 & 1);
    amx_bf16 = avx512_bf16 && tiles && may_use_tiles();
#ifdef NAFNET_EMULATE_AMX
    amx_bf16 = avx512_bf16;
#endif
  }

 private:
  /** Linux gives the tiles to processes that ask: they make each thread's saved state 8 KiB larger. */
  static bool may_use_tiles() {
#if defined(__linux__) && defined(__x86_64__)
    constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
  }
};

#endif

std::vector<InstructionSet> find_all() {
  std::vector<InstructionSet> found;
  const auto add = [&](const Kernels* kernels, const Kernels* bfloat16, const char* unit) {
    if (kernels == nullptr) return;
    if (bfloat16 == nullptr) unit = nullptr;
    found.push_back({kernels->isa, kernels, bfloat16, unit});
  };
#if defined(__x86_64__) || defined(__i386__)
  const Processor processor;
  const Kernels* amx = processor.amx_bf16 ? kernels_amxbf16() : nullptr;
  const Kernels* bfloat16 = processor.avx512_bf16 ? kernels_avx512bf16() : nullptr;
  if (processor.avx512) add(kernels_avx512(), amx ? amx : bfloat16, amx ? "amx-bf16" : "avx512-bf16");
  if (processor.avx2) add(kernels_avx2(), nullptr, nullptr);
  add(kernels_sse2(), nullptr, nullptr);
#elif defined(__aarch64__)
  add(kernels_neon(), nullptr, nullptr);
#elif defined(__wasm__)
  add(kernels_simd128(), nullptr, nullptr);
#endif
  return found;
}

}  // namespace

const std::vector<InstructionSet>& instruction_sets() {
  static const std::vector<InstructionSet> sets = find_all();
  return sets;
}

const InstructionSet* find_instruction_set(const char* name) {
  for (const InstructionSet& set : instruction_sets()) {
    if (name == nullptr || set.name == name) return &set;
  }
  return nullptr;
}

}  // namespace nafnet
