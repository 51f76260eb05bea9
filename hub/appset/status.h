// Status of ApplicationSets: conditions, health and the list of Applications.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "hub/appset/rollout/progress.h"

namespace spokelab::hub {

/// What a reconcile has to tell of a rollout.
struct RolloutNews {
  bool unchanged = false;  ///< It did not come to look at it: what stands stays.
  std::vector<RolloutStatus> statuses;
  std::string progressing_step;  ///< "": complete.
};

/// How a reconcile ended.
struct AppSetOutcome {
  bool parameters_generated = true;
  std::string reason;                  ///< Of ErrorOccurred; empty: no error.
  std::string message;                 ///< The error.
  std::optional<RolloutNews> rollout;  ///< Absent: the set does not roll, and its status says so.
};

/// The whole status that should stand after a reconcile. `before`: the status that stands now (or
/// null); `apps`: the Applications the set owns, of which `resources_max` are listed. Conditions
/// keep their lastTransitionTime while nothing else in them changes; what this controller does not
/// know is kept.
Json status_after(const Json& before, const AppSetOutcome& outcome,
                  const std::vector<JsonRef>& apps, WallTime now,
                  std::size_t resources_max = 5'000);

/// The status with what a rollout says alone: it is written before Applications are told to sync,
/// so that none is told twice.
Json status_with_rollout(const Json& before, const RolloutNews& news, WallTime now);

}  // namespace spokelab::hub
