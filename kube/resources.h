// What pods ask for: requests and limits added up over their containers.
#pragma once

#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::kube {

/// The pod's amounts of every resource named in its containers' `list` ("requests" or "limits"):
/// containers and sidecars together, or the largest init container if that is more (as
/// component-helpers' resource.PodRequests).
Json pod_resources(const Json& pod, std::string_view list);

}  // namespace spokelab::kube
