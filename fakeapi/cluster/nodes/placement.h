// Placement: may this pod run on that node, looking at the two of them alone?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

inline constexpr std::string_view kUnreachable = "node.kubernetes.io/unreachable";
inline constexpr std::string_view kNotReady = "node.kubernetes.io/not-ready";
inline constexpr std::string_view kUnschedulable = "node.kubernetes.io/unschedulable";

/// True when one of the tolerations covers the taint (core/v1 Toleration.ToleratesTaint).
bool tolerates(const Json& tolerations, const Json& taint);

/// Why the node is not for this pod, worded as the scheduler's filters word it; "" when it is.
/// Looks at cordons, taints (NoSchedule, NoExecute), nodeSelector and required node affinity.
std::string why_not_on(const Json& pod_spec, const Json& node);
/// nodeSelector and required node affinity alone.
bool affinity_holds(const Json& pod_spec, const Json& node);
/// How much the node is liked: weights of preferred node affinity, less one for each
/// PreferNoSchedule taint that is not tolerated.
std::int64_t preference(const Json& pod_spec, const Json& node);

/// The nodes that a pod names by required affinity to metadata.name, as DaemonSets do; nullopt: it
/// names none.
std::optional<std::vector<std::string>> nodes_named(const Json& pod_spec);

/// Seconds for which the tolerations allow to stay on a node with that NoExecute taint; nullopt:
/// for ever; `untold` when none covers it.
std::optional<long> toleration_seconds(const Json& tolerations, const Json& taint, long untold);

}  // namespace spokelab::fakeapi
