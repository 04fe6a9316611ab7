// THROW-AWAY stand-in for the core: output = input, in phases over the pool.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include "nafnet.h"
#include "pool.h"
struct nafnet_plan { int channels; };
extern "C" {
const char* nafnet_isas(void) {
#if defined(__wasm__)
  return "simd128";
#elif defined(__aarch64__)
  return "neon";
#else
  return "avx512,avx2,sse2";
#endif
}
const char* nafnet_bfloat16_unit(const char*) { return nullptr; }
nafnet_status nafnet_plan_create(const int32_t* p, size_t n, const float*, size_t, const char* isa, nafnet_precision, nafnet_plan** plan, char* error, size_t size) {
  if (n < 5 || p[0] != 0x4e41464e) { snprintf(error, size, "Expected a program of nafnet."); return NAFNET_INVALID; }
  (void)isa; *plan = new (std::nothrow) nafnet_plan{p[3]}; return *plan ? NAFNET_OK : NAFNET_OUT_OF_MEMORY;
}
void nafnet_plan_destroy(nafnet_plan* p) { delete p; }
const char* nafnet_plan_isa(const nafnet_plan*) {
#if defined(__wasm__)
  return "simd128";
#else
  return "sse2";
#endif
}
nafnet_status nafnet_plan_estimate(const nafnet_plan*, int32_t w, int32_t h, int32_t, uint64_t, int32_t, nafnet_estimate* e) {
  *e = {(uint64_t)w * h * 240, 0, 1e4 * w * h, 1000}; return NAFNET_OK;
}
nafnet_status nafnet_plan_run(nafnet_plan* plan, const nafnet_run_args* a, nafnet_report* r, char* error, size_t size) {
  struct C { const nafnet_run_args* a; size_t row; float* map; int phase; } c{a, (size_t)a->width * plan->channels, nullptr, 0};
  if (a->scratch) { char x[8] = "abcdefg", y[8]; if (a->scratch->write(a->scratch->user, 5000000000ull, x, 8) || a->scratch->read(a->scratch->user, 5000000000ull, y, 8) || memcmp(x, y, 8)) { snprintf(error, size, "Scratch failed."); return NAFNET_SCRATCH_FAILED; } }
  c.map = (float*)malloc(c.row * a->height * 4);
  if (!c.map) { snprintf(error, size, "No memory."); return NAFNET_OUT_OF_MEMORY; }
  for (c.phase = 0; c.phase < 2; c.phase++) {
    nafnet::Phase ph{a->height, [](void* v, int64_t y, int) { C& c = *(C*)v; const float* f = c.phase ? c.map : c.a->input; float* t = c.phase ? c.a->output : c.map; for (int k = 0; k < 50; k++) memcpy(t + y * c.row, f + y * c.row, c.row * 4); }, &c,
      [](void* v, int64_t d) { C& c = *(C*)v; if (c.a->progress) c.a->progress(c.a->user, (c.phase + (double)d / c.a->height) / 2); return c.a->abort_flag && __atomic_load_n((const int32_t*)c.a->abort_flag, __ATOMIC_RELAXED) != 0; }, &c};
    if (!nafnet::pool_run(a->pool, ph)) { free(c.map); snprintf(error, size, "Aborted."); return NAFNET_ABORTED; }
  }
  free(c.map); *r = {c.row * a->height * 4, 0, 1, 0}; return NAFNET_OK;
}
double nafnet_peak_gflops(const char*, nafnet_precision, nafnet_pool* p, double) { return 1.0 * nafnet::pool_threads(p); }
}
