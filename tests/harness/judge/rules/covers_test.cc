// Whether an object holds what a manifest asks for.
#include "harness/judge/rules/covers.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::harness {
namespace {

std::string uncovered(const char* wanted, const char* live) {
  return first_uncovered(*parse_json(wanted), *parse_json(live));
}

TEST(AnObject, CoversAManifestThatAsksForLess) {
  EXPECT_EQ(uncovered(R"({"a": {"b": 1}})", R"({"a": {"b": 1, "c": 2}, "d": 3})"), "");
  EXPECT_EQ(uncovered(R"({"a": null, "b": [], "c": {}})", R"({})"), "");
}

TEST(AnObject, DoesNotCoverWhatItLacksOrHasOtherwise) {
  EXPECT_EQ(uncovered(R"({"a": {"b": 1}})", R"({"a": {"b": 2}})"), "a.b");
  EXPECT_EQ(uncovered(R"({"a": {"b": 1}})", R"({"a": {}})"), "a.b");
  EXPECT_EQ(uncovered(R"({"a": {"b": 1}})", R"({"a": [1]})"), "a");
  EXPECT_EQ(uncovered(R"({"a": "1"})", R"({"a": 1})"), "a");
}

TEST(AnObject, CoversListsInAnyOrderWithItemsOfItsOwn) {
  EXPECT_EQ(uncovered(R"({"l": [{"n": "a"}, {"n": "b"}]})",
                      R"({"l": [{"n": "c"}, {"n": "b", "x": 1}, {"n": "a"}]})"),
            "");
  EXPECT_EQ(uncovered(R"({"l": [1, 1]})", R"({"l": [1, 2]})"), "l[1]");
  EXPECT_EQ(uncovered(R"({"l": [{"n": "a", "i": 1}]})", R"({"l": [{"n": "a", "i": 2}]})"),
            "l[0].i");
}

}  // namespace
}  // namespace spokelab::harness
