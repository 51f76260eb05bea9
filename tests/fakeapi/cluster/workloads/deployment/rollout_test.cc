// Rolling update arithmetic, as tables.
#include "fakeapi/cluster/workloads/deployment/rollout.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::fakeapi {
namespace {

Json strategy(const Json& surge, const Json& unavailable) {
  Json spec = Json::object();
  if (!surge.is_null()) spec["strategy"]["rollingUpdate"]["maxSurge"] = surge;
  if (!unavailable.is_null()) spec["strategy"]["rollingUpdate"]["maxUnavailable"] = unavailable;
  return spec;
}

TEST(Rollout, SurgeRoundsUpAndUnavailableDown) {
  struct Row {
    Json surge, unavailable;
    int replicas;
    RollingBounds expected;
  };
  const Row rows[] = {
      {nullptr, nullptr, 4, {1, 1}},
      {nullptr, nullptr, 3, {1, 0}},
      {nullptr, nullptr, 1, {1, 0}},
      {nullptr, nullptr, 0, {0, 0}},
      {"25%", "25%", 10, {3, 2}},
      {"50%", "50%", 3, {2, 1}},
      {0, "10%", 5, {0, 1}},
      {"0%", 0, 5, {0, 1}},
      {0, 0, 1, {0, 1}},
      {1, 0, 5, {1, 0}},
      {"100%", "100%", 7, {7, 7}},
      {2, 9, 3, {2, 3}},
      {"1%", "1%", 3, {1, 0}},
      {"33%", "34%", 3, {1, 1}},
  };
  for (const Row& row : rows) {
    const RollingBounds bounds = rolling_bounds(strategy(row.surge, row.unavailable), row.replicas);
    EXPECT_EQ(bounds.surge, row.expected.surge) << row.surge << " of " << row.replicas;
    EXPECT_EQ(bounds.unavailable, row.expected.unavailable)
        << row.unavailable << " of " << row.replicas;
  }
}

TEST(Rollout, RecreateHasNoBounds) {
  Json spec = Json::object();
  spec["strategy"]["type"] = "Recreate";
  EXPECT_EQ(rolling_bounds(spec, 10), RollingBounds{});
}

TEST(Rollout, HostileNumbersStayInRange) {
  const Json huge = "99999999999999999999%";
  EXPECT_EQ(int_or_percent(&huge, 100, true, 25), 25);
  const Json negative = -5;
  EXPECT_EQ(int_or_percent(&negative, 100, true, 25), 0);
  const Json most = 9'000'000'000'000'000'000;
  EXPECT_EQ(int_or_percent(&most, 100, true, 25), 2'147'483'647);
}

TEST(Rollout, TheNewSetGrowsIntoTheRoomThatSurgeLeaves) {
  struct Row {
    int wanted, surge, all, own, expected;
  };
  const Row rows[] = {{3, 1, 3, 0, 1}, {3, 1, 4, 1, 1}, {3, 1, 3, 1, 2}, {10, 3, 10, 0, 3},
                      {3, 0, 3, 0, 0}, {3, 0, 2, 0, 1}, {3, 1, 5, 4, 3}, {3, 1, 0, 0, 3}};
  for (const Row& row : rows) {
    EXPECT_EQ(new_set_size(row.wanted, row.surge, row.all, row.own), row.expected)
        << row.wanted << " " << row.surge << " " << row.all << " " << row.own;
  }
}

TEST(Rollout, OldSetsLosePodsOnlyAsFarAsAvailabilityAllows) {
  using Sizes = std::vector<std::int64_t>;
  // New pods not available yet: nothing may go.
  EXPECT_EQ(old_set_sizes(3, 0, {1, 0}, {{3, 3}}), Sizes({3}));
  // One new pod is there: one old may go.
  EXPECT_EQ(old_set_sizes(3, 0, {1, 1}, {{3, 3}}), Sizes({2}));
  // maxUnavailable 1: one goes at once.
  EXPECT_EQ(old_set_sizes(3, 1, {0, 0}, {{3, 3}}), Sizes({2}));
  // Broken old pods go first, whatever their set.
  EXPECT_EQ(old_set_sizes(10, 2, {3, 0}, {{2, 0}, {8, 8}}), Sizes({0, 8}));
  // Both sets healthy: the oldest first.
  EXPECT_EQ(old_set_sizes(10, 2, {5, 5}, {{3, 3}, {5, 5}}), Sizes({0, 3}));
}

TEST(Rollout, ScalingInTheMiddleKeepsTheProportions) {
  using Sizes = std::vector<std::int64_t>;
  // From 10 to 15 with 3 surge, sets of 8 and 5 (of 13): 18 in all.
  EXPECT_EQ(proportional_sizes(18, {{8, 13}, {5, 13}}), Sizes({11, 7}));
  EXPECT_EQ(proportional_sizes(0, {{8, 13}, {5, 13}}), Sizes({0, 0}));
  EXPECT_EQ(proportional_sizes(13, {{8, 13}, {5, 13}}), Sizes({8, 5}));
}

}  // namespace
}  // namespace spokelab::fakeapi
