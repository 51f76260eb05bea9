// Summary: what an application's objects show to the outside (status.summary).
#pragma once

#include <vector>

#include "base/json_fwd.h"

namespace spokelab::hub {

/// Container images that the managed objects name for their pods (Argo CD's are those of the pods
/// themselves: the same once a rollout is through); URLs of Ingresses and of link annotations on
/// the managed objects, on what they own and on the application itself; whether there are
/// Applications among them. Lists are sorted, empty ones left out (ApplicationTree.GetSummary).
Json summary_of(const Json& application, const std::vector<JsonRef>& managed,
                const std::vector<JsonRef>& owned = {});

}  // namespace spokelab::hub
