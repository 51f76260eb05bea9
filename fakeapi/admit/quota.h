// ResourceQuota: what a namespace uses, and what it may still create.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Holds a new object against the quotas of its namespace. Errors: 403.
std::optional<kube::Status> check_quotas(const Store& store, const ServedKind& kind,
                                         const Json& object);
/// Visits the objects of one resource ("pods", "deployments.apps") in one namespace.
using EachObject = std::function<void(std::string_view group_resource, std::string_view ns,
                                      const std::function<void(const Json&)>& visit)>;
/// status.used of a quota: what the objects of its namespace add up to, for each resource in
/// spec.hard.
Json quota_usage(const EachObject& each, const Json& quota);
/// Whether objects of this resource count against any kind of quota.
bool is_counted(std::string_view group_resource);

}  // namespace spokelab::fakeapi
