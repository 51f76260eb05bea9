// Instants and spans of a run.
#pragma once

#include <chrono>
#include <cstdint>

namespace spokelab {

/// Tag of run time: zero at the start of the run. It has no now(); only a Clock can tell the time.
struct RunClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<RunClock>;
  static constexpr bool is_steady = true;
};

using Nanos = RunClock::duration;
using RunTime = RunClock::time_point;

/// Calendar time (UTC, since the Unix epoch); what timestamps, leases and certificates are written
/// in.
struct WallClockTag {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<WallClockTag>;
  static constexpr bool is_steady = false;
};
using WallTime = WallClockTag::time_point;

/// Later than every instant of every run.
inline constexpr RunTime kNever{Nanos::max()};

}  // namespace spokelab
