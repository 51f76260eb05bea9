// Timings: what design calls detection, failover, downtime and reconvergence, measured from the
// history.
#pragma once

#include <string>
#include <vector>

#include "base/history.h"
#include "reports/run.h"

namespace spokelab::harness {

struct TimingInputs {
  const std::vector<Event>& events;
  std::vector<reports::FaultWindow> faults;
  RunTime ended{};                   ///< End of the run.
  std::size_t applications_min = 0;  ///< See Convergence.
};

/// A success rate below this (millionths, per second of sending) is downtime.
inline constexpr std::int64_t kSuccessMin = 999'000;
/// Reconvergence is reached when it holds for this long.
inline constexpr Nanos kStableFor = std::chrono::seconds(60);

/// All timings of all faults that have a window: per fault the detections that apply (of alerts,
/// where the hub has notifications to send), failover and downtime where there is traffic, and
/// reconvergence. No limits yet.
std::vector<reports::Timing> measure(const TimingInputs& inputs);

}  // namespace spokelab::harness
