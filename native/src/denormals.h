/** The floating-point state that items run in: denormals are zero, rounding is to nearest, nothing traps. */
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace nafnet {

/** Sets the state of the thread it is made on and puts the thread's own state back when it ends. */
class DenormalsFlushed {
 public:
#if defined(__x86_64__) || defined(__SSE__)
  DenormalsFlushed() : saved_(_mm_getcsr()) {
    _mm_setcsr(0x9FC0);  // FTZ (bit 15), DAZ (bit 6), every exception masked
  }
  ~DenormalsFlushed() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  DenormalsFlushed() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    const uint64_t state = uint64_t{1} << 24;  // FZ
    asm volatile("msr fpcr, %0" : : "r"(state));
  }
  ~DenormalsFlushed() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }

 private:
  uint64_t saved_;
#else
  // WebAssembly has denormals and no way to flush them.
  DenormalsFlushed() {}
  ~DenormalsFlushed() {}
#endif

 public:
  DenormalsFlushed(const DenormalsFlushed&) = delete;
  DenormalsFlushed& operator=(const DenormalsFlushed&) = delete;
};

}  // namespace nafnet
