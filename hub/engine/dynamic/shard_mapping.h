// Shard mapping: which controller holds which shard, as the ConfigMap of dynamic distribution says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace spokelab::hub {

inline constexpr std::string_view kShardConfigMap = "argocd-app-controller-shard-cm";
inline constexpr std::string_view kShardMappingKey = "shardControllerMapping";

/// One entry of `shardControllerMapping` (controller/sharding/sharding.go).
struct ShardClaim {
  int shard = 0;
  std::string controller;  ///< Pod name; empty: nobody's.
  WallTime heartbeat{};    ///< The epoch: never.
  friend bool operator==(const ShardClaim&, const ShardClaim&) = default;
};
using ShardMapping = std::vector<ShardClaim>;

/// Shards 0 to `replicas` - 1, all free.
ShardMapping free_shards(int replicas);

/// Claims or keeps a shard for a controller, and writes its heartbeat: the shard that bears its
/// name, else the first that is free or whose heartbeat is older than `timeout`. A mapping with too
/// few entries gets the missing ones; one with too many is begun anew. Returns the shard; -1 when
/// all belong to others.
int claim_shard(ShardMapping& mapping, const std::string& controller, int replicas, WallTime now,
                Nanos timeout);

/// The JSON text of the ConfigMap's entry. Errors: bad_input for what is no such list.
Result<ShardMapping> read_shard_mapping(std::string_view text);
std::string print_shard_mapping(const ShardMapping& mapping);

}  // namespace spokelab::hub
