// What every command of the command line shares: exit codes, output, colours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_time.h"

namespace spokelab::harness {

/// Frozen: scripts and CI jobs rely on them.
enum ExitCode : int {
  kPassed = 0,
  kFailed = 1,
  kInconclusive = 2,
  kBadScenario = 3,
  kUsage = 4,
  kNotDeterministic = 6,
  kEnvironment = 7,  ///< Output not writable, file unreadable.
  kInternal = 70,
  kInterrupted = 130,  ///< By Ctrl-C; what was done until then is told.
};

/// The graver of two: 70 > 7 > 3 > 6 > 1 > 2 > 0.
int graver(int a, int b);

/// `when`: "auto", "always" or "never". auto: a terminal, TERM not "dumb", and NO_COLOR unset or
/// empty.
bool colours_wanted(const std::string& when, int descriptor);

/// Scenario files: files as given; of directories all *.yaml files directly in them, sorted.
/// Prints to stderr what cannot be found; `ok` is false then.
std::vector<std::string> scenario_files(const std::vector<std::string>& arguments, bool& ok);

/// The span that an option gives; nullopt after a word to stderr. An empty text is `none`.
std::optional<Nanos> span_option(std::string_view name, const std::string& text, Nanos none);

/// A whole file, or nothing after a word to stderr.
std::optional<std::string> read_whole_file(const std::string& path);

/// Writes a file, making its directories. Prints to stderr what went wrong.
bool write_file(const std::string& path, const std::string& text);

}  // namespace spokelab::harness
