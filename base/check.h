// Assertions that stay on in release builds: for our own mistakes, never for bad input.
#pragma once

namespace spokelab {

/// Prints the place and the broken condition to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace spokelab

#define SPOKELAB_CHECK(condition) \
  ((condition) ? void(0) : ::spokelab::check_failed(#condition, __FILE__, __LINE__))
