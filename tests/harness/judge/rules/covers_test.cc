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

std::string left_over(const char* before, const char* wanted, const char* live) {
  return first_left_over(*parse_json(before), *parse_json(wanted), *parse_json(live));
}

TEST(AnObject, HasLeftOverWhatItsManifestAskedForOnceAndNobodyTookAway) {
  EXPECT_EQ(
      left_over(R"({"a": {"b": 1, "c": 2}})", R"({"a": {"c": 2}})", R"({"a": {"b": 1, "c": 2}})"),
      "a.b");
  EXPECT_EQ(left_over(R"({"a": {"b": 1}})", R"({})", R"({"a": {"b": 1, "c": 3}})"), "a");
}

TEST(AnObject, HasNothingLeftOverThatIsWantedGoneOrAnothersByNow) {
  EXPECT_EQ(left_over(R"({"a": 1, "b": 2, "c": 3})", R"({"a": 1})", R"({"a": 1, "b": 4})"), "");
}

TEST(AnObject, TellsItemsOfListsByTheirNames) {
  const char* before = R"({"l": [{"name": "x", "v": 1}, {"name": "y", "v": 2}]})";
  EXPECT_EQ(left_over(before, R"({"l": [{"name": "y", "v": 2}]})", before), "l[x]");
  EXPECT_EQ(left_over(before, R"({"l": [{"name": "y"}, {"name": "x", "v": 1}]})", before),
            "l[y].v");
  EXPECT_EQ(left_over(R"({"l": [1, 2]})", R"({"l": [1]})", R"({"l": [1, 2]})"), "");
}

}  // namespace
}  // namespace spokelab::harness
