// The rules of autoscaling: how far and how fast, by spec.behavior.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

/// What an autoscaler remembers between two looks, and the load it sees.
struct AutoscalerMemory {
  /// Load, in percent of what one replica carries at target; 0: not set.
  std::int64_t demand_percent = 0;
  std::map<RunTime, std::int64_t> wanted;   ///< Recommendations, as long as a window needs them.
  std::map<RunTime, std::int64_t> changes;  ///< Replicas added (or, negative, taken) and when.
};

struct ScaleDecision {
  std::int64_t replicas = 0;
  std::string_view able_reason = "ReadyForNewScale";
  std::string_view able_message = "recommended size matches current size";
  std::string_view limited = "False";
  std::string_view limited_reason = "DesiredWithinRange";
  std::string_view limited_message = "the desired count is within the acceptable range";
};

/// From what the metrics ask for to what is done: stabilised over the windows, limited by the
/// policies and by the bounds (pkg/controller/podautoscaler normalizeDesiredReplicas and
/// ...WithBehaviors). `spec` is the autoscaler's.
ScaleDecision decide_scale(const Json& spec, AutoscalerMemory& memory, std::int64_t current,
                           std::int64_t wanted, RunTime now);

}  // namespace spokelab::fakeapi
