// LimitRange: defaults and bounds for the resources of containers, pods and claims.
#pragma once

#include <optional>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Gives a new pod the requests and limits that its namespace's LimitRanges set for containers
/// without their own (the LimitRanger plugin).
void apply_limit_ranges(const Store& store, Json& pod);
/// Holds a new pod or claim against its namespace's LimitRanges. Errors: 403.
std::optional<kube::Status> check_limit_ranges(const Store& store, const ServedKind& kind,
                                               const Json& object);

}  // namespace spokelab::fakeapi
