// Shard plan.
#include "hub/engine/shard_plan.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/check.h"
#include "hub/cluster/secret.h"
#include "hub/engine/consistent_hash.h"

namespace spokelab::hub {

std::map<std::string, std::string> plan_shards(const std::map<std::string, std::string>& owners,
                                               const std::vector<std::string>& alive) {
  std::map<std::string, std::string> plan;
  if (alive.empty()) return plan;
  std::map<std::string, std::size_t> owned;
  for (const auto& replica : alive) owned[replica] = 0;
  for (const auto& [cluster, owner] : owners) {
    if (const auto hit = owned.find(owner); hit != owned.end()) ++hit->second;
  }
  // Those who own most keep one more, where the numbers do not divide.
  auto by_load = alive;
  std::stable_sort(by_load.begin(), by_load.end(), [&](const std::string& a, const std::string& b) {
    return owned.at(a) > owned.at(b);
  });
  const auto share = owners.size() / alive.size();
  const auto extra = owners.size() % alive.size();
  std::map<std::string, std::size_t> room;
  for (std::size_t i = 0; i < by_load.size(); ++i) room[by_load[i]] = share + (i < extra ? 1 : 0);
  std::vector<std::string> homeless;
  for (const auto& [cluster, owner] : owners) {
    const auto hit = room.find(owner);
    if (hit == room.end() || hit->second == 0) {
      homeless.push_back(cluster);
      continue;
    }
    --hit->second;
    plan[cluster] = owner;
  }
  for (const auto& cluster : homeless) {
    const auto most = std::max_element(
        room.begin(), room.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    SPOKELAB_CHECK(most->second > 0);
    --most->second;
    plan[cluster] = most->first;
  }
  return plan;
}

std::map<std::string, int> static_shards(const std::vector<const ClusterInfo*>& clusters,
                                         std::string_view method, int replicas,
                                         const std::map<std::string, std::int64_t>& applications) {
  auto sorted = clusters;
  std::sort(sorted.begin(), sorted.end(), [](const ClusterInfo* a, const ClusterInfo* b) {
    return std::tie(a->secret_uid, a->server) < std::tie(b->secret_uid, b->server);
  });
  std::map<std::string, int> shards;
  if (replicas <= 1) {
    for (const auto* cluster : sorted) shards[cluster->server] = 0;
    return shards;
  }
  std::optional<HashRing> ring;
  if (method == "consistent-hashing") ring.emplace(replicas);
  int rank = 0;
  for (const auto* cluster : sorted) {
    int shard = 0;
    if (ring) {
      shard = ring->shard_of(cluster->secret_uid);
      const auto load = applications.find(cluster->server);
      ring->add_load(shard, load == applications.end() ? 0 : load->second);
    } else if (method == "round-robin") {
      shard = rank % replicas;
    } else if (!cluster->secret_uid.empty()) {
      shard = static_cast<int>(fnv32a(cluster->secret_uid) % static_cast<std::uint32_t>(replicas));
    }
    if (cluster->shard && (*cluster->shard < replicas || !ring))
      shard = *cluster->shard < replicas ? *cluster->shard : 0;
    shards[cluster->server] = shard;
    ++rank;
  }
  return shards;
}

int ordinal_of(std::string_view replica) {
  int number = 0;
  int scale = 1;
  for (auto at = replica.rbegin();
       at != replica.rend() && *at >= '0' && *at <= '9' && scale < 100'000; ++at) {
    number += (*at - '0') * scale;
    scale *= 10;
  }
  return number;
}

}  // namespace spokelab::hub
