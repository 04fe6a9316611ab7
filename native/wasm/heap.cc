/** One thread at a time in the heap: the C library that the module is linked with was built for a single thread. */
#include <cstddef>

#include "sync.h"

namespace {
constinit nafnet::Mutex heap;
}

extern "C" {

void* __real_malloc(size_t size);
void __real_free(void* address);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* address, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void** address, size_t alignment, size_t size);

// The linker's --wrap sends every call here.
void* __wrap_malloc(size_t size) {
  const nafnet::Lock lock(heap);
  return __real_malloc(size);
}
void __wrap_free(void* address) {
  const nafnet::Lock lock(heap);
  __real_free(address);
}
void* __wrap_calloc(size_t count, size_t size) {
  const nafnet::Lock lock(heap);
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* address, size_t size) {
  const nafnet::Lock lock(heap);
  return __real_realloc(address, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  const nafnet::Lock lock(heap);
  return __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** address, size_t alignment, size_t size) {
  const nafnet::Lock lock(heap);
  return __real_posix_memalign(address, alignment, size);
}

}  // extern "C"
