/**
 * The C interface of the fused engine: one plan a network, runs of any picture size.
 *
 * The same functions are called by the Node-API binding (binding/) and by the WebAssembly entry (wasm/).
 * Nothing here throws; nothing here knows of JavaScript or of files.
 */
#ifndef NAFNET_H
#define NAFNET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Raised whenever a function or a structure below changes; the TypeScript side checks it. */
#define NAFNET_ABI_VERSION 2

/** Raised whenever the format of programs changes; every program has it. */
#define NAFNET_PROGRAM_VERSION 1

typedef enum {
  NAFNET_OK = 0,
  /** `abort_flag` was set. */
  NAFNET_ABORTED = 1,
  /** An allocation failed, or the picture cannot be run within `max_memory_bytes`. */
  NAFNET_OUT_OF_MEMORY = 2,
  /** Reading or writing the scratch file failed. */
  NAFNET_SCRATCH_FAILED = 3,
  /** The program, the weights or an argument is not valid. */
  NAFNET_INVALID = 4,
} nafnet_status;

typedef enum {
  NAFNET_FLOAT32 = 0,
  /** bfloat16 products with float32 sums; only on an instruction set that has them. */
  NAFNET_BFLOAT16 = 1,
} nafnet_precision;

typedef struct nafnet_plan nafnet_plan;

/**
 * The instruction sets that this build has and this processor runs, the fastest first, separated by
 * commas: of `avx512,avx2,sse2`, `neon`, `simd128`.
 */
const char* nafnet_isas(void);

/** Unit that computes bfloat16 products with an instruction set (`avx512-bf16`, `amx-bf16`), or null if there is none.
 */
const char* nafnet_bfloat16_unit(const char* isa);

/** A network to compile, as src/graph writes it; nothing of it is held. */
typedef struct {
  /** The steps: integers in the format of src/graph/ProgramWriter.ts. */
  const int32_t* code;
  size_t code_length;
  /**
   * Values that the steps' offsets point into; folded and packed. Null: a plan for estimates, which takes no memory for
   * weights and refuses to run.
   */
  const float* weights;
  size_t weight_count;
  /**
   * Multiplications and additions of each step for a pixel of the padded picture, which the graph counts
   * (src/graph/multiplyAdds.ts): for estimates and progress.
   */
  const double* flops_per_pixel;
  size_t step_count;
} nafnet_program;

/**
 * Compiles a program with its weights.
 *
 * @param isa a name of nafnet_isas(), or null for the fastest
 * @param plan receives the plan, which nafnet_plan_destroy frees
 * @param error receives one line when the status is not NAFNET_OK
 */
nafnet_status nafnet_plan_create(const nafnet_program* program, const char* isa, nafnet_precision precision,
                                 nafnet_plan** plan, char* error, size_t error_size);

void nafnet_plan_destroy(nafnet_plan* plan);

/** The instruction set that the plan was compiled for. */
const char* nafnet_plan_isa(const nafnet_plan* plan);

typedef struct {
  /** Most bytes held at a time beside the input and the output, packed weights included. */
  uint64_t memory_bytes;
  /** Bytes of scratch file; 0 where everything stays in memory. */
  uint64_t scratch_bytes;
  /** Multiplications and additions of the network on this picture, padded. */
  double flops;
  /** The fewest bytes of memory that a run with a scratch file can do with. */
  uint64_t least_memory_bytes;
} nafnet_estimate;

/** A picture's size and the means to run it. */
typedef struct {
  int32_t width;
  int32_t height;
  int32_t threads;
  /** As in nafnet_run_args. */
  uint64_t max_memory_bytes;
  /** 1 if a scratch file may be made. */
  int32_t has_scratch;
} nafnet_estimate_args;

/** Where nothing keeps within the limit, the estimate is of what takes the least, and above the limit. */
nafnet_status nafnet_plan_estimate(const nafnet_plan* plan, const nafnet_estimate_args* args,
                                   nafnet_estimate* estimate);

/** Storage for maps that do not fit in memory. Called from several threads at a time, on disjoint ranges. */
typedef struct {
  /** @return 0, or anything else for failure */
  int32_t (*read)(void* user, uint64_t offset, void* bytes, size_t count);
  int32_t (*write)(void* user, uint64_t offset, const void* bytes, size_t count);
  void* user;
} nafnet_scratch;

/** Threads that the caller owns: the pool of pool.h natively, workers in WebAssembly. */
typedef struct nafnet_pool nafnet_pool;

/** Natively starts `threads` − 1 threads that sleep between tasks; in WebAssembly workers join it. */
nafnet_pool* nafnet_pool_create(int32_t threads);
/** Ends the threads and waits for them; none may be running a plan. */
void nafnet_pool_destroy(nafnet_pool* pool);

typedef struct {
  /** height · width · channels values, interleaved; not written to. */
  const float* input;
  /** As large as the input, which it may not overlap. */
  float* output;
  int32_t width;
  int32_t height;
  /** One run at a time uses it. */
  nafnet_pool* pool;
  /** For maps, buffers and packed weights together, beside input and output; 0: no limit. */
  uint64_t max_memory_bytes;
  /** Null: a picture that does not fit is refused. */
  const nafnet_scratch* scratch;
  /** Called from the thread that called nafnet_plan_run; the fraction that is done, 0–1. May be null. */
  void (*progress)(void* user, double fraction);
  void* user;
  /** Polled between pieces of work; the run ends when it is not 0. May be null. */
  const volatile int32_t* abort_flag;
} nafnet_run_args;

typedef struct {
  /** Most bytes that the run allocated at a time, packed weights included. */
  uint64_t peak_bytes;
  uint64_t scratch_bytes;
  /** Bands of rows that the largest step was cut into. */
  int32_t strips;
  /** 1 if a value of the output is NaN or infinite. */
  int32_t non_finite;
} nafnet_report;

nafnet_status nafnet_plan_run(nafnet_plan* plan, const nafnet_run_args* args, nafnet_report* report, char* error,
                              size_t error_size);

/**
 * Multiplications and additions per second that fused multiply-adds on registers reach, to hold a run's speed
 * against. Takes about `milliseconds`.
 *
 * @return 10^9 operations per second of all threads of the pool together
 */
double nafnet_peak_gflops(const char* isa, nafnet_precision precision, nafnet_pool* pool, double milliseconds);

#ifdef __cplusplus
}
#endif

#endif
