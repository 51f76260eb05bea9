// Shard plan: which replica ought to serve which cluster. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

/// A plan in which replicas have equal numbers of clusters, give or take one, and as few clusters
/// as possible change hands. `owners`: each cluster and its present owner ("" for none). `alive` is
/// sorted. Every replica that sees the same makes the same plan. Empty when nobody is alive.
std::map<std::string, std::string> plan_shards(const std::map<std::string, std::string>& owners,
                                               const std::vector<std::string>& alive);

/// Argo CD's static shards by the clusters' servers (controller/sharding/sharding.go). `method`:
/// "legacy" (FNV-1a 32 of the Secret's uid), "round-robin" (rank among all clusters by uid) or
/// "consistent-hashing" (consistent_hash.h; a cluster weighs as much as it has `applications`). A
/// Secret's own `shard` wins while it is below `replicas`; above, legacy and round-robin give shard
/// 0, consistent hashing its own choice.
std::map<std::string, int> static_shards(const std::vector<const ClusterInfo*>& clusters,
                                         std::string_view method, int replicas,
                                         const std::map<std::string, std::int64_t>& applications);

/// The number at the end of a replica's name ("hub-2" -> 2), as a StatefulSet gives it; 0 without
/// one.
int ordinal_of(std::string_view replica);

}  // namespace spokelab::hub
