// The arithmetic of rolling updates: how many more, how many fewer, of which replica set.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

/// An IntOrString: a number, or a percentage of `total` rounded up or down. nullptr or anything
/// else: the fallback, which is a percentage.
std::int64_t int_or_percent(const Json* value, std::int64_t total, bool round_up,
                            int fallback_percent);

struct RollingBounds {
  std::int64_t surge = 0;
  std::int64_t unavailable = 0;
  friend bool operator==(const RollingBounds&, const RollingBounds&) = default;
};

/// maxSurge rounds up, maxUnavailable down and is at most `replicas`; both zero: unavailable is 1
/// (pkg/controller/deployment/util ResolveFenceposts). A Recreate deployment has neither.
RollingBounds rolling_bounds(const Json& deployment_spec, std::int64_t replicas);

struct SetSize {
  std::int64_t replicas = 0;   ///< Asked for: spec.replicas.
  std::int64_t available = 0;  ///< status.availableReplicas.
};

/// What the new replica set should be scaled to, given the sum of all sets' replicas.
std::int64_t new_set_size(std::int64_t wanted, std::int64_t surge, std::int64_t all,
                          std::int64_t own);

/// What the old sets (oldest first) may be scaled to now: first pods that are not available go,
/// then as many as availability allows. Same order as given.
std::vector<std::int64_t> old_set_sizes(std::int64_t wanted, std::int64_t unavailable,
                                        SetSize new_set, const std::vector<SetSize>& old_sets);

/// One active set while a deployment is scaled in the middle of a rollout.
struct ScaledSet {
  std::int64_t replicas = 0;
  std::int64_t max_replicas = 0;  ///< Its annotation deployment.kubernetes.io/max-replicas.
};

/// Spreads `allowed` replicas over the sets in proportion to their sizes; what rounding leaves goes
/// to the first (pkg/controller/deployment scale()).
std::vector<std::int64_t> proportional_sizes(std::int64_t allowed,
                                             const std::vector<ScaledSet>& sets);

}  // namespace spokelab::fakeapi
