// The program, run as scripts run it.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/support/places.h"

namespace spokelab::harness {

struct Ended {
  int code = -1;
  std::string text;  ///< stdout and stderr.
};

inline Ended spokelab(const std::string& arguments, const std::string& stderr_to = "2>&1") {
  const std::string command = test::binary_dir() + "/spokelab " + arguments + " " + stderr_to;
  Ended ended;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return ended;
  std::array<char, 4096> buffer;
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    ended.text.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

}  // namespace spokelab::harness
