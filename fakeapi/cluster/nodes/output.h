// What a container prints, as far as its pod tells: the lines behind `kubectl logs`.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

struct LogLine {
  WallTime at;
  std::string text;  ///< Without the newline.
};

/// A container keeps this many lines, and loses the oldest, as rotated logs do.
inline constexpr std::size_t kLogLinesMax = 5'000;

/// The lines that one run of a container prints after `from` and up to `to`. `run` is its
/// ContainerState, running or terminated. Commands that are understood (nodes/command.h) print what
/// they would; all others tell that they start, which ports they listen on, each request of a
/// kubelet's HTTP probe, and how they end. The same pod gives the same lines.
std::vector<LogLine> container_output(const Json& pod, const Json& container, const Json& run,
                                      WallTime from, WallTime to);

}  // namespace spokelab::fakeapi
