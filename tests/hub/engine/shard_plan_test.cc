// Tests of shard plans: equal shares, few moves, Argo CD's static shards.
#include "hub/engine/shard_plan.h"

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
  EXPECT_EQ(static_shard(a, all, "legacy", 3), static_cast<int>(0xe40c292cU % 3));
  EXPECT_EQ(static_shard(local, all, "legacy", 3), 0);
  EXPECT_EQ(static_shard(a, all, "round-robin", 3), 1);
  a.shard = 2;
  EXPECT_EQ(static_shard(a, all, "legacy", 3), 2);
  EXPECT_EQ(static_shard(a, all, "legacy", 2), 0);
  EXPECT_EQ(ordinal_of("hub-12"), 12);
  EXPECT_EQ(ordinal_of("hub"), 0);
}

}  // namespace
}  // namespace spokelab::hub
