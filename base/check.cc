#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace spokelab {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "spokelab: internal error: %s:%d: broken: %s\n", file, line, condition);
  std::abort();
}

}  // namespace spokelab
