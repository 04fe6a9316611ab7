/** Counts checks, prints those that fail, and names the instruction sets to test. */
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "nafnet.h"

namespace test {

/** Sanitizers, which have the small kernels, are slow: fewer sizes, shapes and limits there. */
#ifdef NAFNET_SMALL_KERNELS
constexpr bool kThorough = false;
#else
constexpr bool kThorough = true;
#endif

struct Results {
  int passed = 0, failed = 0;
};

inline Results& results() {
  static Results all;
  return all;
}

/** Counts one check and prints it if it fails. */
inline bool check(bool holds, const std::string& what) {
  if (holds) {
    results().passed++;
  } else {
    results().failed++;
    std::printf("FAILED %s\n", what.c_str());
  }
  return holds;
}

/** Prints the closing line; the process's exit code. */
inline int finish() {
  std::printf("%d passed, %d failed\n", results().passed, results().failed);
  return results().failed == 0 && results().passed > 0 ? 0 : 1;
}

/** The instruction sets to test: all that there are, or the one in NAFNET_ISA. */
inline std::vector<std::string> isas() {
  const char* forced = std::getenv("NAFNET_ISA");
  if (forced != nullptr && *forced != '\0') return {forced};
  std::vector<std::string> names(1);
  for (const char* c = nafnet_isas(); *c != '\0'; c++) {
    if (*c == ',') {
      names.emplace_back();
    } else {
      names.back() += *c;
    }
  }
  return names;
}

}  // namespace test
