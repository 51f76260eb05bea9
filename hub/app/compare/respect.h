// Respect: what RespectIgnoreDifferences=true applies.
#pragma once

#include <vector>

#include "base/json_fwd.h"
#include "hub/app/application.h"

namespace spokelab::hub {

/// The wanted object with the ignored fields as they are live, so that applying it changes none of
/// them (controller/sync.go normalizeTargetResources). `target` itself where no rule concerns it.
JsonRef with_ignored_from_live(const JsonRef& target, const Json& live,
                               const std::vector<IgnoredDifference>& ignored);

}  // namespace spokelab::hub
