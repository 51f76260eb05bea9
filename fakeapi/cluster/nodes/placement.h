// Placement: may this pod run on that node?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

inline constexpr std::string_view kUnreachable = "node.kubernetes.io/unreachable";

/// True when one of the tolerations covers the taint (core/v1 Toleration.ToleratesTaint).
bool tolerates(const Json& tolerations, const Json& taint);

/// Why the node is not for this pod, worded as the scheduler's filters word it; "" when it is.
/// Looks at cordons, taints (NoSchedule, NoExecute), nodeSelector and required node affinity.
std::string why_not_on(const Json& pod_spec, const Json& node);

/// Seconds for which the tolerations allow to stay on a node with that NoExecute taint; nullopt:
/// for ever; `untold` when none covers it.
std::optional<long> toleration_seconds(const Json& tolerations, const Json& taint, long untold);

}  // namespace spokelab::fakeapi
