#include "scratch.h"

namespace nafnet::binding {

ScratchFile* Scratch::file() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (file_ == nullptr && failure_.empty()) file_ = ScratchFile::open(folder_, &failure_);
  return file_.get();
}

int32_t Scratch::failed(const std::string& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_.empty()) failure_ = error;
  return 1;
}

std::string Scratch::failure() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

int32_t Scratch::read(void* self, uint64_t offset, void* bytes, size_t count) {
  Scratch* scratch = static_cast<Scratch*>(self);
  ScratchFile* file = scratch->file();
  if (file == nullptr) return 1;
  std::string error;
  return file->read(offset, bytes, count, &error) ? 0 : scratch->failed(error);
}

int32_t Scratch::write(void* self, uint64_t offset, const void* bytes, size_t count) {
  Scratch* scratch = static_cast<Scratch*>(self);
  ScratchFile* file = scratch->file();
  if (file == nullptr) return 1;
  std::string error;
  return file->write(offset, bytes, count, &error) ? 0 : scratch->failed(error);
}

}  // namespace nafnet::binding
