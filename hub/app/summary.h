// Summary: what an application's objects show to the outside (status.summary).
#pragma once

#include <vector>

#include "base/json_fwd.h"

namespace spokelab::hub {

/// Container images of the pods among `nodes`; URLs of Ingresses and of
/// link annotations on the objects and on the application itself; whether there are Applications
/// among them. Lists are sorted, empty ones left out (ApplicationTree.GetSummary).
Json summary_of(const Json& application, const std::vector<JsonRef>& nodes);

}  // namespace spokelab::hub
