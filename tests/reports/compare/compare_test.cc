// Two runs side by side.
#include "reports/compare/compare.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Compare, FindsNothingInTheSameRun) {
  auto other = prod_outage();
  other.wall = std::chrono::hours(1);  // how long it took in truth is not compared
  const auto comparison = compare(prod_outage(), other);
  EXPECT_TRUE(comparison.same());
  EXPECT_THAT(to_text(comparison, "a", "b", {}), HasSubstr("a and b are the same run"));
  EXPECT_EQ(to_json(comparison, "a", "b")["same"], true);
}

TEST(Compare, TellsVerdictsTimingsAndCountersThatChanged) {
  const auto a = prod_outage();
  auto b = a;
  b.verdict = Verdict::failed;
  b.timings.at(0).measured = a.timings.at(0).measured.value() + std::chrono::milliseconds(1600);
  b.timings.at(1).measured.reset();
  b.expectations.at(0).verdict = Verdict::failed;
  b.expectations.at(0).message = "broken at 00:05:12.0";
  b.counters.at(0).second += 5;
  const auto text = to_text(compare(a, b), "a", "b", {});
  EXPECT_THAT(text, AllOf(HasSubstr("verdict"), HasSubstr("passed"), HasSubstr("failed"),
                          HasSubstr("+1.6s"), HasSubstr("never"), HasSubstr("broken at 00:05:12.0"),
                          HasSubstr("+5"), HasSubstr("One history.")));
}

TEST(Compare, ShowsWhereHistoriesPartWithWhatStandsAround) {
  const auto a = prod_outage();
  auto b = a;
  ASSERT_GT(a.events.size(), 60u);
  b.events[50].value = "otherwise";
  const auto comparison = compare(a, b, 2);
  ASSERT_TRUE(comparison.parting);
  EXPECT_EQ(comparison.parting->index, 50u);
  EXPECT_EQ(comparison.parting->before.size(), 2u);
  EXPECT_EQ(comparison.parting->after_b.size(), 2u);
  const auto text = to_text(comparison, "a", "b", {});
  EXPECT_THAT(text, AllOf(HasSubstr("part at event 51"), HasSubstr("otherwise")));
  const auto json = to_json(comparison, "a", "b");
  EXPECT_EQ(json["parting"]["event"], 51);
  EXPECT_EQ(json["parting"]["b"]["value"], "otherwise");
}

TEST(Compare, SaysWhichHistoryIsOver) {
  const auto a = prod_outage();
  auto b = a;
  b.events.resize(10);
  EXPECT_THAT(to_text(compare(a, b), "a", "b", {}), HasSubstr("B  (its history is over)"));
  EXPECT_THAT(to_text(compare(b, a, 0), "a", "b", {}), HasSubstr("A  (its history is over)"));
}

TEST(Compare, DoesNotOverflowOnWhateverARunFileSays) {
  auto a = prod_outage();
  auto b = a;
  a.counters = {{"x", INT64_MIN}, {"only a", 1}};
  b.counters = {{"x", INT64_MAX}, {"only b", 2}};
  const auto text = to_text(compare(a, b), "a", "b", {});
  EXPECT_THAT(text, AllOf(HasSubstr("only a"), HasSubstr("only b")));
}

}  // namespace
}  // namespace spokelab::reports
