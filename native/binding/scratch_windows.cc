#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <algorithm>

#include "scratch.h"

namespace nafnet::binding {

namespace {

constexpr size_t kMostAtOnce = size_t{1} << 30;  // ReadFile counts in 32 bits

std::string system_error(const char* what) {
  return std::string(what) + ": Windows error " + std::to_string(GetLastError());
}

OVERLAPPED at(uint64_t offset) {
  OVERLAPPED position = {};
  position.Offset = static_cast<DWORD>(offset);
  position.OffsetHigh = static_cast<DWORD>(offset >> 32);
  return position;
}

}  // namespace

std::unique_ptr<ScratchFile> ScratchFile::open(const std::string& folder, std::string* error) {
  wchar_t wide[MAX_PATH];
  wchar_t path[MAX_PATH];
  if (MultiByteToWideChar(CP_UTF8, 0, folder.c_str(), -1, wide, MAX_PATH) == 0 ||
      GetTempFileNameW(wide, L"naf", 0, path) == 0) {
    *error = system_error("making it");
    return nullptr;
  }
  const HANDLE handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                                    FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
  if (handle == INVALID_HANDLE_VALUE) {
    *error = system_error("making it");
    DeleteFileW(path);
    return nullptr;
  }
  return std::unique_ptr<ScratchFile>(new ScratchFile(handle));
}

ScratchFile::~ScratchFile() { CloseHandle(handle_); }

bool ScratchFile::read(uint64_t offset, void* bytes, size_t count, std::string* error) {
  char* to = static_cast<char*>(bytes);
  while (count > 0) {
    OVERLAPPED position = at(offset);
    DWORD moved = 0;
    const DWORD wanted = static_cast<DWORD>(std::min(count, kMostAtOnce));
    if (!ReadFile(handle_, to, wanted, &moved, &position) || moved == 0) {
      *error = system_error("reading it");
      return false;
    }
    to += moved;
    offset += moved;
    count -= moved;
  }
  return true;
}

bool ScratchFile::write(uint64_t offset, const void* bytes, size_t count, std::string* error) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    OVERLAPPED position = at(offset);
    DWORD moved = 0;
    const DWORD wanted = static_cast<DWORD>(std::min(count, kMostAtOnce));
    if (!WriteFile(handle_, from, wanted, &moved, &position) || moved == 0) {
      *error = system_error("writing it");
      return false;
    }
    from += moved;
    offset += moved;
    count -= moved;
  }
  return true;
}

}  // namespace nafnet::binding
#endif
