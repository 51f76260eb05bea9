// Status of ApplicationSets: conditions, health and the list of Applications.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::hub {

/// How a reconcile ended.
struct AppSetOutcome {
  bool parameters_generated = true;
  std::string reason;   ///< Of ErrorOccurred; empty: no error.
  std::string message;  ///< The error.
};

/// The whole status that should stand after a reconcile. `before`: the status that stands now (or
/// null); `apps`: the Applications the set owns. Conditions keep their lastTransitionTime while
/// nothing else in them changes; what this controller does not know is kept.
Json status_after(const Json& before, const AppSetOutcome& outcome,
                  const std::vector<JsonRef>& apps, WallTime now);

}  // namespace spokelab::hub
