// Progress: one line on a terminal that tells how far a long command is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace spokelab::harness {

/// How far a sweep is.
struct SweepProgress {
  std::uint64_t done = 0;
  std::uint64_t all = 0;
  std::uint64_t failed = 0;  ///< Not passed.
  std::chrono::milliseconds spent{0};
  std::optional<std::chrono::milliseconds> budget;  ///< Of real time; absent: none.
  std::optional<std::uint64_t> slow_seed;           ///< The seed that has been played longest.
  std::chrono::milliseconds slow_since{0};
};
/// "120 of 500 seeds, 3 not passed, 400 a minute, 57s left".
std::string progress_text(const SweepProgress& progress);

/// Prints such lines to stderr: on a terminal one that is drawn anew, elsewhere one each half
/// minute.
class ProgressLine {
 public:
  /// `quiet`: prints nothing.
  explicit ProgressLine(bool quiet);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  /// Shows a text. Not more often than ten times a second, unless `now`.
  void show(const std::string& text, bool now = false);
  /// Takes the line away.
  void clear();

 private:
  bool terminal_ = false;
  bool quiet_ = false;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace spokelab::harness
