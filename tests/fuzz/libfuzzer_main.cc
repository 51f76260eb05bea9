// libFuzzer's door to one target, SPOKELAB_FUZZ_TARGET.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string problem = spokelab::fuzz::SPOKELAB_FUZZ_TARGET(
      std::string_view(reinterpret_cast<const char*>(bytes), size));
  if (problem.empty()) return 0;
  static_cast<void>(std::fprintf(stderr, "%s\n", problem.c_str()));
  std::abort();
}
