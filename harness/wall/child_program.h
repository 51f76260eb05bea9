// Running another program to its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace spokelab::harness {

struct ChildProgram {
  std::string file;                      ///< Absolute.
  std::vector<std::string> arguments;    ///< Without the program's own name.
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is passed on.
  std::string directory;
  std::chrono::seconds patience{90};
  std::size_t output_max = std::size_t{64} << 20;  ///< Of each stream.
};

struct ChildOutcome {
  int status = 0;  ///< What it exited with; 128 and more: the signal that ended it.
  std::string out;
  std::string err;
};

/// Runs it with no input. Errors: not_found when it cannot be started; timeout, limit: it was
/// killed.
Result<ChildOutcome> run_child(const ChildProgram& program);

/// The first folder of a search path ("/usr/bin:/bin") that has the program; "" when none has.
std::string find_program(const std::string& search_path, const std::string& name);

}  // namespace spokelab::harness
