/**
 * memset, memcpy and memmove without WebAssembly's bulk instructions, in place of the C library's.
 *
 * V8 holds memory.fill and memory.copy to a size of the memory that each thread remembers. When another thread has let
 * the memory grow, a thread that has not heard of it yet takes what is new for out of bounds: on two threads one of a
 * few hundred plans trapped. Ordinary loads and stores are not checked that way.
 */
#include <cstddef>
#include <cstdint>

namespace {

typedef long long Block __attribute__((vector_size(16), aligned(1), may_alias));

/** Front to back, which is right also where `to` lies before `from` in one buffer. */
inline __attribute__((always_inline)) void copy_forward(char* to, const char* from, size_t count) {
  size_t i = 0;
  for (; i + sizeof(Block) <= count; i += sizeof(Block)) {
    *reinterpret_cast<Block*>(to + i) = *reinterpret_cast<const Block*>(from + i);
  }
  for (; i < count; i++) to[i] = from[i];
}

}  // namespace

// no_builtin: the compiler would make calls of these functions of their own loops.
extern "C" {

__attribute__((no_builtin)) void* memset(void* to, int value, size_t count) {
  char* bytes = static_cast<char*>(to);
  const long long eight = static_cast<long long>((value & 0xff) * 0x0101010101010101ull);
  const Block block = {eight, eight};
  size_t i = 0;
  for (; i + sizeof(Block) <= count; i += sizeof(Block)) *reinterpret_cast<Block*>(bytes + i) = block;
  for (; i < count; i++) bytes[i] = static_cast<char>(value);
  return to;
}

__attribute__((no_builtin)) void* memcpy(void* __restrict to, const void* __restrict from, size_t count) {
  copy_forward(static_cast<char*>(to), static_cast<const char*>(from), count);
  return to;
}

__attribute__((no_builtin)) void* memmove(void* to, const void* from, size_t count) {
  char* out = static_cast<char*>(to);
  const char* in = static_cast<const char*>(from);
  if (out <= in || out >= in + count) {
    copy_forward(out, in, count);
  } else {
    for (size_t i = count; i > 0; i--) out[i - 1] = in[i - 1];
  }
  return to;
}

}  // extern "C"
