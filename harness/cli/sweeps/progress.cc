#include "harness/cli/sweeps/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/duration.h"

namespace spokelab::harness {

namespace {

using Stopwatch = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Whole seconds read better in a line that changes all the time.
std::string seconds_of(milliseconds span) {
  return format_duration(std::chrono::ceil<std::chrono::seconds>(span));
}

}  // namespace

std::string progress_text(const SweepProgress& progress) {
  auto out =
      fmt::format("{} of {} seeds, {} not passed", progress.done, progress.all, progress.failed);
  const auto spent = progress.spent.count();
  if (progress.done > 0 && spent > 0) {
    const auto done = static_cast<std::int64_t>(progress.done);
    out += fmt::format(", {} a minute", done * 60'000 / spent);
    auto left =
        milliseconds(static_cast<std::int64_t>(progress.all - progress.done) * spent / done);
    if (progress.budget)
      left = std::min(left, std::max(milliseconds(0), *progress.budget - progress.spent));
    if (progress.done < progress.all) out += fmt::format(", {} left", seconds_of(left));
  }
  if (progress.slow_seed && progress.slow_since > std::chrono::seconds(10))
    out += fmt::format(", seed {} for {}", *progress.slow_seed, seconds_of(progress.slow_since));
  return out;
}

ProgressLine::ProgressLine(bool quiet)
    : terminal_(isatty(STDERR_FILENO) == 1), quiet_(quiet), last_(Stopwatch::now()) {}

void ProgressLine::show(const std::string& text, bool now) {
  if (quiet_) return;
  const auto patience = terminal_ ? milliseconds(100) : milliseconds(30'000);
  const auto instant = Stopwatch::now();
  if (instant - last_ < patience && !(now && terminal_)) return;
  last_ = instant;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    shown_ = true;
  } else {
    fmt::print(stderr, "{}\n", text);
  }
}

void ProgressLine::clear() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace spokelab::harness
