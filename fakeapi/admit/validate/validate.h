// Validation: what a well-formed object may still not say.
#pragma once

#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Causes why the object is invalid; none: fine. `old` is nullptr for a creation; `subresource`
/// is the one that an update goes to. Wording and paths
/// are those of k8s.io/kubernetes/pkg/apis/*/validation.
std::vector<kube::StatusCause> validate(const ServedKind& kind, const Json& object, const Json* old,
                                        std::string_view subresource = "");

}  // namespace spokelab::fakeapi
