/** A thread that may fail to start: std::thread throws then, and its stack is 512 KB on macOS and 128 KB with musl. */
#pragma once

#include <cstddef>

#if defined(__wasm__)
// JavaScript starts workers.
#elif defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace nafnet {

#ifdef __wasm__

class Thread {
 public:
  bool start(void (*)(void*), void*) { return true; }
};

#else

class Thread {
 public:
  /** @return false if the system has no thread to give */
  bool start(void (*entry)(void*), void* argument) {
    entry_ = entry;
    argument_ = argument;
#ifdef _WIN32
    handle_ = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, kStackBytes, &Thread::run, this, 0, nullptr));
    return handle_ != nullptr;
#else
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, kStackBytes);
    const int failure = pthread_create(&handle_, &attributes, &Thread::run, this);
    pthread_attr_destroy(&attributes);
    return failure == 0;
#endif
  }

  /** Waits for the end of a thread that was started. */
  void join() {
#ifdef _WIN32
    WaitForSingleObject(handle_, INFINITE);
    CloseHandle(handle_);
#else
    pthread_join(handle_, nullptr);
#endif
  }

 private:
  static constexpr size_t kStackBytes = size_t{2} << 20;

#ifdef _WIN32
  static unsigned __stdcall run(void* self) {
    static_cast<Thread*>(self)->entry_(static_cast<Thread*>(self)->argument_);
    return 0;
  }
  HANDLE handle_ = nullptr;
#else
  static void* run(void* self) {
    static_cast<Thread*>(self)->entry_(static_cast<Thread*>(self)->argument_);
    return nullptr;
  }
  pthread_t handle_{};
#endif
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
};

#endif

}  // namespace nafnet
