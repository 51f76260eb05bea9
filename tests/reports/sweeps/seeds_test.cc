// Sets of seeds.
#include "reports/sweeps/seeds.h"

#include <gtest/gtest.h>

namespace spokelab::reports {
namespace {

SeedSet set(std::initializer_list<SeedRange> ranges) {
  SeedSet out;
  for (const auto& range : ranges) out.add(range);
  return out;
}

TEST(SeedSet, MeltsNeighboursTogether) {
  SeedSet seeds;
  for (const std::uint64_t seed : {5, 1, 2, 9, 4, 3}) seeds.add(seed);
  EXPECT_EQ(seeds.text(), "1..5, 9");
  EXPECT_EQ(seeds.size(), 6u);
  seeds.add(SeedRange{3, 20});
  EXPECT_EQ(seeds.text(), "1..20");
  seeds.add(SeedRange{0, 0});
  EXPECT_EQ(seeds.text(), "0..20");
}

TEST(SeedSet, KnowsTheEndsOfWhatCanBeCounted) {
  auto seeds = set({{UINT64_MAX, UINT64_MAX}, {0, 1}});
  seeds.add(UINT64_MAX - 1);
  EXPECT_EQ(seeds.ranges().size(), 2u);
  EXPECT_TRUE(seeds.contains(UINT64_MAX));
  EXPECT_FALSE(seeds.contains(2));
  EXPECT_EQ(seeds.minus(set({{5, UINT64_MAX}})), set({{0, 1}}));
}

TEST(SeedSet, FindsWhatTwoShareAndWhatOneHasAlone) {
  const auto a = set({{1, 10}, {20, 30}, {50, 50}});
  const auto b = set({{5, 22}, {40, 60}});
  EXPECT_EQ(a.both(b), set({{5, 10}, {20, 22}, {50, 50}}));
  EXPECT_EQ(a.minus(b), set({{1, 4}, {23, 30}}));
  EXPECT_EQ(b.minus(a), set({{11, 19}, {40, 49}, {51, 60}}));
  EXPECT_EQ(a.minus(SeedSet()), a);
  EXPECT_TRUE(a.minus(a).empty());
  EXPECT_TRUE(a.both(SeedSet()).empty());
}

TEST(SeedSet, CountsRangesThatAreTooManyToTell) {
  SeedSet seeds;
  for (std::uint64_t seed = 0; seed < 40; seed += 2) seeds.add(seed);
  EXPECT_EQ(seeds.text(3), "0, 2, 4 and 17 more");
}

}  // namespace
}  // namespace spokelab::reports
