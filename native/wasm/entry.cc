/** The WebAssembly module's exports beside nafnet.h: what JavaScript cannot do from outside. */
#include <cstddef>
#include <cstdlib>

#include "nafnet.h"

extern "C" {

/** Imported. Called from any thread; `file` is what JavaScript put into nafnet_wasm_run. */
__attribute__((import_module("nafnet"), import_name("scratch_read"))) int32_t nafnet_js_scratch_read(int32_t file,
                                                                                                     double offset,
                                                                                                     void* bytes,
                                                                                                     size_t count);
__attribute__((import_module("nafnet"), import_name("scratch_write"))) int32_t
nafnet_js_scratch_write(int32_t file, double offset, const void* bytes, size_t count);
/** Imported. @return whether to end the run */
__attribute__((import_module("nafnet"), import_name("progress"))) int32_t nafnet_js_progress(double fraction);

}  // extern "C"

namespace {

int32_t read_scratch(void* user, uint64_t offset, void* bytes, size_t count) {
  return nafnet_js_scratch_read(static_cast<int32_t>(reinterpret_cast<intptr_t>(user)), static_cast<double>(offset),
                                bytes, count);
}

int32_t write_scratch(void* user, uint64_t offset, const void* bytes, size_t count) {
  return nafnet_js_scratch_write(static_cast<int32_t>(reinterpret_cast<intptr_t>(user)), static_cast<double>(offset),
                                 bytes, count);
}

int32_t abort_flag;

void tell_progress(void*, double fraction) {
  if (nafnet_js_progress(fraction) != 0) __atomic_store_n(&abort_flag, 1, __ATOMIC_RELAXED);
}

char error[512];

}  // namespace

extern "C" {

/** One line about the last function that failed. */
const char* nafnet_wasm_error(void) { return error; }

/** Set from JavaScript where memory is shared; elsewhere `progress` tells. */
int32_t* nafnet_wasm_abort_flag(void) { return &abort_flag; }

/** Memory for values that JavaScript passes in and out. @return null where there is none */
void* nafnet_wasm_allocate(size_t bytes) { return std::malloc(bytes); }
void nafnet_wasm_free(void* address) { std::free(address); }

int32_t nafnet_wasm_abi_version(void) { return NAFNET_ABI_VERSION; }

int32_t nafnet_wasm_plan_create(const nafnet_program* program, const char* isa, int32_t precision, nafnet_plan** plan) {
  error[0] = '\0';
  return nafnet_plan_create(program, isa, precision == 0 ? NAFNET_FLOAT32 : NAFNET_BFLOAT16, plan, error, sizeof error);
}

/** As JavaScript writes it: numbers of 32 bits, then a double. */
typedef struct {
  int32_t width, height, threads, has_scratch;
  double max_memory_bytes;
} nafnet_wasm_estimate_args;
static_assert(offsetof(nafnet_wasm_estimate_args, max_memory_bytes) == 4 * sizeof(int32_t));

/** @param figures receives memory_bytes, scratch_bytes, flops, least_memory_bytes */
int32_t nafnet_wasm_plan_estimate(const nafnet_plan* plan, const nafnet_wasm_estimate_args* given, double* figures) {
  nafnet_estimate estimate = {};
  const nafnet_estimate_args args = {.width = given->width,
                                     .height = given->height,
                                     .threads = given->threads,
                                     .max_memory_bytes = static_cast<uint64_t>(given->max_memory_bytes),
                                     .has_scratch = given->has_scratch};
  const nafnet_status status = nafnet_plan_estimate(plan, &args, &estimate);
  figures[0] = static_cast<double>(estimate.memory_bytes);
  figures[1] = static_cast<double>(estimate.scratch_bytes);
  figures[2] = estimate.flops;
  figures[3] = static_cast<double>(estimate.least_memory_bytes);
  return status;
}

/** As JavaScript writes it: numbers of 32 bits, then a double. */
typedef struct {
  const float* input;
  float* output;
  int32_t width, height;
  nafnet_pool* pool;
  /** A number for the imported functions; negative: no scratch. */
  int32_t scratch_file;
  double max_memory_bytes;
} nafnet_wasm_run_args;
static_assert(offsetof(nafnet_wasm_run_args, max_memory_bytes) == 6 * sizeof(int32_t));

/** @param report receives peak_bytes, scratch_bytes, strips, non_finite */
int32_t nafnet_wasm_plan_run(nafnet_plan* plan, const nafnet_wasm_run_args* given, double* report) {
  const nafnet_scratch scratch = {read_scratch, write_scratch,
                                  reinterpret_cast<void*>(static_cast<intptr_t>(given->scratch_file))};
  nafnet_run_args args = {};
  args.input = given->input;
  args.output = given->output;
  args.width = given->width;
  args.height = given->height;
  args.pool = given->pool;
  args.max_memory_bytes = static_cast<uint64_t>(given->max_memory_bytes);
  args.scratch = given->scratch_file < 0 ? nullptr : &scratch;
  args.progress = tell_progress;
  args.abort_flag = &abort_flag;
  error[0] = '\0';
  nafnet_report figures = {};
  const nafnet_status status = nafnet_plan_run(plan, &args, &figures, error, sizeof error);
  report[0] = static_cast<double>(figures.peak_bytes);
  report[1] = static_cast<double>(figures.scratch_bytes);
  report[2] = figures.strips;
  report[3] = figures.non_finite;
  return status;
}

double nafnet_wasm_peak_gflops(const char* isa, int32_t precision, nafnet_pool* pool, double milliseconds) {
  return nafnet_peak_gflops(isa, precision == 0 ? NAFNET_FLOAT32 : NAFNET_BFLOAT16, pool, milliseconds);
}

}  // extern "C"
