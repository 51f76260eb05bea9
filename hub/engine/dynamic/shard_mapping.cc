#include "hub/engine/dynamic/shard_mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::size_t kShardsMax = 10'000;

}  // namespace

ShardMapping free_shards(int replicas) {
  ShardMapping mapping;
  for (int shard = 0; shard < replicas; ++shard) mapping.push_back({shard, "", WallTime{}});
  return mapping;
}

int claim_shard(ShardMapping& mapping, const std::string& controller, int replicas, WallTime now,
                Nanos timeout) {
  for (int shard = static_cast<int>(mapping.size()); shard < replicas; ++shard)
    mapping.push_back({shard, "", WallTime{}});
  if (mapping.size() > static_cast<std::size_t>(std::max(replicas, 0)))
    mapping = free_shards(replicas);
  auto mine = std::find_if(mapping.begin(), mapping.end(),
                           [&](const ShardClaim& claim) { return claim.controller == controller; });
  if (mine == mapping.end()) {
    mine = std::find_if(mapping.begin(), mapping.end(), [&](const ShardClaim& claim) {
      return claim.controller.empty() || now > claim.heartbeat + timeout;
    });
  }
  if (mine == mapping.end()) return -1;
  mine->controller = controller;
  mine->heartbeat = now;
  return mine->shard;
}

Result<ShardMapping> read_shard_mapping(std::string_view text) {
  const auto list = parse_json(text);
  if (!list) return list.error().within("error unmarshalling shard config map data");
  if (!list->is_array() || list->size() > kShardsMax) {
    return Error(Errc::bad_input,
                 fmt::format("error unmarshalling shard config map data: it must be a list of at "
                             "most {} shards",
                             kShardsMax));
  }
  ShardMapping mapping;
  for (const auto& entry : *list) {
    if (!entry.is_object())
      return Error(Errc::bad_input,
                   "error unmarshalling shard config map data: a shard must be an "
                   "object");
    ShardClaim claim;
    claim.shard = static_cast<int>(int_at(entry, {"ShardNumber"}, 0));
    claim.controller = text_at(entry, {"ControllerName"});
    if (const auto at = parse_rfc3339(text_at(entry, {"HeartbeatTime"}))) claim.heartbeat = *at;
    mapping.push_back(std::move(claim));
  }
  return mapping;
}

std::string print_shard_mapping(const ShardMapping& mapping) {
  Json list = Json::array();
  for (const auto& claim : mapping) {
    Json entry = Json::object();
    entry["ShardNumber"] = claim.shard;
    entry["ControllerName"] = claim.controller;
    entry["HeartbeatTime"] =
        claim.heartbeat == WallTime{} ? Json(nullptr) : Json(format_rfc3339(claim.heartbeat));
    list.push_back(std::move(entry));
  }
  return list.dump();
}

}  // namespace spokelab::hub
