// Tests of shard plans: equal shares, few moves, Argo CD's static shards.
#include "hub/engine/shard_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "base/rng.h"

namespace spokelab::hub {
namespace {

using Owners = std::map<std::string, std::string>;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(HubShardPlan, GivesFreeClustersToThoseWithLeast) {
  const Owners owners{{"a", "hub-0"}, {"b", ""}, {"c", ""}, {"d", "hub-9"}};
  EXPECT_THAT(
      plan_shards(owners, {"hub-0", "hub-1"}),
      ElementsAre(Pair("a", "hub-0"), Pair("b", "hub-1"), Pair("c", "hub-0"), Pair("d", "hub-1")));
}

TEST(HubShardPlan, MovesNothingWhileSharesAreEqual) {
  const Owners owners{{"a", "hub-0"}, {"b", "hub-2"}, {"c", "hub-1"}, {"d", "hub-2"}};
  EXPECT_EQ(plan_shards(owners, {"hub-0", "hub-1", "hub-2"}), owners);
}

TEST(HubShardPlan, ShedsOnlyWhatANewReplicaNeeds) {
  const Owners owners{{"a", "hub-0"}, {"b", "hub-0"}, {"c", "hub-1"}, {"d", "hub-1"}};
  const auto plan = plan_shards(owners, {"hub-0", "hub-1", "hub-2"});
  EXPECT_EQ(std::count_if(plan.begin(), plan.end(),
                          [&](const auto& one) { return owners.at(one.first) != one.second; }),
            1);
}

TEST(HubShardPlan, IsBalancedAndStableForAnyStart) {
  Rng rng(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> alive;
    const auto replicas = rng.between(std::int64_t{1}, std::int64_t{6});
    for (int i = 0; i < replicas; ++i) alive.push_back("hub-" + std::to_string(i));
    Owners owners;
    const auto clusters = rng.between(std::int64_t{0}, std::int64_t{25});
    for (int i = 0; i < clusters; ++i) {
      const auto owner = rng.between(std::int64_t{0}, std::int64_t{7});
      owners["c" + std::to_string(i)] = "hub-" + std::to_string(owner);
    }
    const auto plan = plan_shards(owners, alive);
    EXPECT_EQ(plan.size(), owners.size());
    std::map<std::string, std::int64_t> load;
    for (const auto& [cluster, owner] : plan) ++load[owner];
    for (const auto& replica : alive) {
      EXPECT_GE(load[replica], clusters / replicas);
      EXPECT_LE(load[replica], (clusters + replicas - 1) / replicas);
    }
    EXPECT_EQ(plan_shards(plan, alive), plan);
  }
}

TEST(HubShardPlan, KnowsArgoCdsStaticShards) {
  ClusterInfo a;
  a.server = "https://a";
  a.secret_uid = "a";  // FNV-1a 32 of "a" is 0xe40c292c
  ClusterInfo local;
  const std::vector<const ClusterInfo*> all{&a, &local};
  const auto shard = [&all](const ClusterInfo& of, const char* method, int replicas) {
    return static_shards(all, method, replicas, {}).at(of.server);
  };
  EXPECT_EQ(shard(a, "legacy", 3), static_cast<int>(0xe40c292cU % 3));
  EXPECT_EQ(shard(local, "legacy", 3), 0);
  EXPECT_EQ(shard(a, "round-robin", 3), 1);
  a.shard = 2;
  EXPECT_EQ(shard(a, "legacy", 3), 2);
  EXPECT_EQ(shard(a, "legacy", 2), 0);
  EXPECT_EQ(ordinal_of("hub-12"), 12);
  EXPECT_EQ(ordinal_of("hub"), 0);
}

// Expected shards: from a reference implementation of Argo CD's ring (BLAKE2b, 1,000 points a
// shard).
TEST(HubShardPlan, HashesConsistentlyWithinBoundedLoads) {
  std::vector<ClusterInfo> clusters(12);
  std::vector<const ClusterInfo*> all;
  std::map<std::string, std::int64_t> applications;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    clusters[i].secret_uid = fmt::format("uid-{:02}", i);
    clusters[i].server = fmt::format("https://{:02}", i);
    applications[clusters[i].server] = static_cast<std::int64_t>(i % 4);
    all.push_back(&clusters[i]);
  }
  const auto shards = [&](int replicas, const std::map<std::string, std::int64_t>& loads) {
    std::vector<int> list;
    for (const auto& [server, shard] : static_shards(all, "consistent-hashing", replicas, loads))
      list.push_back(shard);
    return list;
  };
  EXPECT_THAT(shards(2, {}), ElementsAre(0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(shards(3, {}), ElementsAre(0, 0, 1, 1, 2, 1, 0, 2, 0, 0, 2, 1));
  EXPECT_THAT(shards(2, applications), ElementsAre(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(shards(3, applications), ElementsAre(0, 0, 1, 0, 2, 1, 2, 2, 0, 0, 1, 1));
  EXPECT_THAT(shards(5, applications), ElementsAre(0, 0, 1, 4, 2, 2, 0, 2, 3, 3, 3, 1));
}

}  // namespace
}  // namespace spokelab::hub
