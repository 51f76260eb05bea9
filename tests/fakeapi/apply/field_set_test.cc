// Set algebra on field trees.
#include "fakeapi/apply/field_set.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/rng.h"

namespace spokelab::fakeapi {
namespace {

Json set(const char* text) { return Json::parse(text); }

TEST(FieldSet, ANodeMayBeInTheSetItselfAndAboveOthers) {
  const Json both = unite(set(R"({"f:a":{}})"), set(R"({"f:a":{"f:b":{}}})"));
  EXPECT_EQ(both, set(R"({"f:a":{".":{},"f:b":{}}})"));
  EXPECT_EQ(subtract(both, set(R"({"f:a":{}})")), set(R"({"f:a":{"f:b":{}}})"));
  EXPECT_EQ(subtract(both, set(R"({"f:a":{"f:b":{}}})")), set(R"({"f:a":{}})"));
}

TEST(FieldSet, SubtractingBelowTakesWholeSubtrees) {
  const Json all = set(R"({"f:a":{"f:b":{},"f:c":{"f:d":{}}},"f:e":{}})");
  EXPECT_EQ(subtract_below(all, set(R"({"f:a":{}})")), set(R"({"f:e":{}})"));
  EXPECT_EQ(subtract_below(all, set(R"({"f:a":{"f:c":{}}})")),
            set(R"({"f:a":{"f:b":{}},"f:e":{}})"));
}

TEST(FieldSet, PathsAreWordedAsConflictsShowThem) {
  const Json all = set(R"({"f:s":{"k:{\"name\":\"c\",\"port\":80}":{".":{},"f:image":{}}},
                           "f:z":{"v:\"x\"":{}},"f:m":{}})");
  EXPECT_EQ(paths_of(all),
            (std::vector<std::string>{".m", R"(.s[name="c",port=80])",
                                      R"(.s[name="c",port=80].image)", R"(.z[="x"])"}));
}

/// A random tree of few names, so that trees meet.
Json random_set(Rng& rng, int depth) {
  Json made = Json::object();
  for (const char* name : {"f:a", "f:b", R"(k:{"n":"x"})", R"(v:"y")"}) {
    if (rng.below(2) == 0) continue;
    Json below = depth > 0 ? random_set(rng, depth - 1) : Json::object();
    Json node = make_node(below.empty() || rng.below(2) == 0, std::move(below));
    if (!node.is_null()) made[name] = std::move(node);
  }
  return made;
}

TEST(FieldSet, TheAlgebraHoldsForRandomSets) {
  Rng rng(7);
  for (int round = 0; round < 500; ++round) {
    const Json a = random_set(rng, 3);
    const Json b = random_set(rng, 3);
    EXPECT_EQ(unite(a, b), unite(b, a));
    EXPECT_EQ(intersect(a, b), intersect(b, a));
    EXPECT_EQ(unite(subtract(a, b), intersect(a, b)), a);
    EXPECT_TRUE(intersect(subtract(a, b), b).empty());
    EXPECT_EQ(unite(a, a), a);
    EXPECT_TRUE(subtract_below(a, a).empty());
    EXPECT_EQ(paths_of(unite(a, b)).size(),
              paths_of(a).size() + paths_of(b).size() - paths_of(intersect(a, b)).size());
  }
}

}  // namespace
}  // namespace spokelab::fakeapi
