#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "scratch.h"

namespace nafnet::binding {

namespace {

/** Linux moves at most 2 GiB less a page a call, macOS refuses more than 2 GiB. */
constexpr size_t kMostAtOnce = size_t{1} << 30;

std::string system_error(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

}  // namespace

std::unique_ptr<ScratchFile> ScratchFile::open(const std::string& folder, std::string* error) {
  std::string path = folder + "/nafnet-XXXXXX";
  const int descriptor = mkstemp(path.data());
  if (descriptor < 0) {
    *error = system_error("making it");
    return nullptr;
  }
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  unlink(path.c_str());
  return std::unique_ptr<ScratchFile>(new ScratchFile(descriptor));
}

ScratchFile::~ScratchFile() { close(descriptor_); }

bool ScratchFile::read(uint64_t offset, void* bytes, size_t count, std::string* error) {
  char* to = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t moved = pread(descriptor_, to, std::min(count, kMostAtOnce), static_cast<off_t>(offset));
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) {
      *error = moved == 0 ? "reading it: it is shorter than what was written" : system_error("reading it");
      return false;
    }
    to += moved;
    offset += static_cast<uint64_t>(moved);
    count -= static_cast<size_t>(moved);
  }
  return true;
}

bool ScratchFile::write(uint64_t offset, const void* bytes, size_t count, std::string* error) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t moved = pwrite(descriptor_, from, std::min(count, kMostAtOnce), static_cast<off_t>(offset));
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) {
      *error = moved == 0 ? "writing it: nothing was taken" : system_error("writing it");
      return false;
    }
    from += moved;
    offset += static_cast<uint64_t>(moved);
    count -= static_cast<size_t>(moved);
  }
  return true;
}

}  // namespace nafnet::binding
#endif
