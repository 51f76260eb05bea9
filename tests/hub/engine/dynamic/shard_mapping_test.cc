// Claims in the ConfigMap of dynamic cluster distribution.
#include "hub/engine/dynamic/shard_mapping.h"

#include <gtest/gtest.h>

#include <vector>

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kTimeout = 30s;
const WallTime kNow{WallTime::duration(1'750'000'000s)};

struct Case {
  const char* name;
  ShardMapping before;
  std::string controller;
  int replicas;
  int shard;
  ShardMapping after;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ShardClaims : public ::testing::TestWithParam<Case> {};

TEST_P(ShardClaims, AreMadeAsArgoCdMakesThem) {
  auto mapping = GetParam().before;
  EXPECT_EQ(claim_shard(mapping, GetParam().controller, GetParam().replicas, kNow, kTimeout),
            GetParam().shard);
  EXPECT_EQ(mapping, GetParam().after) << print_shard_mapping(mapping);
}

INSTANTIATE_TEST_SUITE_P(
    All, ShardClaims,
    ::testing::Values(
        Case{"TheFirstOneTakesShardZero", {}, "a", 2, 0, {{0, "a", kNow}, {1, "", {}}}},
        Case{"ItsOwnShardIsRenewed",
             {{0, "a", kNow - 10s}, {1, "b", kNow - 10s}},
             "b",
             2,
             1,
             {{0, "a", kNow - 10s}, {1, "b", kNow}}},
        Case{"OneThatIsAloneDoesNotTakeASecond",
             {{0, "a", kNow - 10s}, {1, "b", kNow - 90s}},
             "a",
             2,
             0,
             {{0, "a", kNow}, {1, "b", kNow - 90s}}},
        Case{"ANewOneTakesWhatIsStale",
             {{0, "a", kNow - 10s}, {1, "b", kNow - 31s}},
             "c",
             2,
             1,
             {{0, "a", kNow - 10s}, {1, "c", kNow}}},
        Case{"ThirtySecondsAreNotStale",
             {{0, "a", kNow - 10s}, {1, "b", kNow - 30s}},
             "c",
             2,
             -1,
             {{0, "a", kNow - 10s}, {1, "b", kNow - 30s}}},
        Case{"MissingShardsAreAdded",
             {{0, "a", kNow}},
             "b",
             3,
             1,
             {{0, "a", kNow}, {1, "b", kNow}, {2, "", {}}}},
        Case{"TooManyShardsBeginAnew",
             {{0, "a", kNow}, {1, "b", kNow}, {2, "c", kNow}},
             "c",
             2,
             0,
             {{0, "c", kNow}, {1, "", {}}}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AShardMapping, IsTextThatReadsBack) {
  const ShardMapping mapping{{0, "a", kNow}, {1, "", {}}};
  const auto text = print_shard_mapping(mapping);
  EXPECT_NE(text.find("\"HeartbeatTime\":null"), std::string::npos) << text;
  const auto read = read_shard_mapping(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, mapping);
}

TEST(AShardMapping, ThatIsNoListIsAnError) {
  for (const char* text : {"", "{}", "[1]", "null"}) EXPECT_FALSE(read_shard_mapping(text)) << text;
}

}  // namespace
}  // namespace spokelab::hub
