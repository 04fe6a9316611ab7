/** A temporary file that ends with the run: nobody else can open it, and a killed program leaves nothing behind. */
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "nafnet.h"

namespace nafnet::binding {

/** A file that several threads read and write at offsets at a time. */
class ScratchFile {
 public:
  /** @return null, with a line in `error` */
  static std::unique_ptr<ScratchFile> open(const std::string& folder, std::string* error);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  bool read(uint64_t offset, void* bytes, size_t count, std::string* error);
  bool write(uint64_t offset, const void* bytes, size_t count, std::string* error);

 private:
#ifdef _WIN32
  explicit ScratchFile(void* handle) : handle_(handle) {}
  void* handle_;
#else
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
#endif
};

/** A run's scratch space: the file is made when it is first written. */
class Scratch {
 public:
  explicit Scratch(std::string folder) : folder_(std::move(folder)) {}

  nafnet_scratch callbacks() { return {&Scratch::read, &Scratch::write, this}; }
  /** The first failure of the system, or empty. */
  std::string failure();

 private:
  static int32_t read(void* self, uint64_t offset, void* bytes, size_t count);
  static int32_t write(void* self, uint64_t offset, const void* bytes, size_t count);
  ScratchFile* file();
  int32_t failed(const std::string& error);

  std::string folder_;
  std::mutex mutex_;
  std::unique_ptr<ScratchFile> file_;
  std::string failure_;
};

}  // namespace nafnet::binding
