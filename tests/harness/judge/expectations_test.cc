// The five words: always, never, eventually, stable, reached; their windows; and nothing passes
// vacuously.
#include "harness/judge/expectations.h"

#include <gmock/gmock.h>

#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using reports::Verdict;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// prod is lost from 5m to 15m; the hub notices at 5m17s and 15m20s.
constexpr std::string_view kOutage = R"(
  10s belief cluster.prod.connection Successful
  10s belief cluster.dr.connection Successful
  10s state app.shop.health Healthy
  5m fault fault.lost active
  5m17s belief cluster.prod.connection Failed
  6m state app.shop.health Degraded
  7m state app.shop.health Healthy
  15m fault fault.lost healed
  15m20s belief cluster.prod.connection Successful
  20m state app.late.health Healthy
)";

reports::Expectation judged(const std::string& expectation, std::string_view history = kOutage,
                            Nanos end = 30min) {
  const auto written = scenario_expecting(expectation);
  Expectations expectations(written.scenario.expect);
  bool begun = false;
  for (const auto& event : told(std::string(history))) {
    if (!begun && event.at > RunTime(10s)) {
      expectations.begin(RunTime(10s));
      begun = true;
    }
    expectations.apply(event);
  }
  if (!begun) expectations.begin(RunTime(10s));
  expectations.finish(RunTime(end));
  return expectations.results(*written.sources).at(0);
}

struct Case {
  const char* name;
  const char* expectation;
  Verdict verdict;
  const char* message;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ExpectationTable : public ::testing::TestWithParam<Case> {};

TEST_P(ExpectationTable, Decides) {
  const auto result = judged(GetParam().expectation);
  EXPECT_EQ(name_of(result.verdict), std::string(name_of(GetParam().verdict))) << result.message;
  EXPECT_THAT(result.message, HasSubstr(GetParam().message));
  EXPECT_TRUE(result.decided_at);
}

constexpr auto kPass = Verdict::passed;
constexpr auto kFail = Verdict::failed;

INSTANTIATE_TEST_SUITE_P(
    Always, ExpectationTable,
    ::testing::Values(
        Case{"Holds", "  - always: cluster.dr.connection == Successful", kPass, "held"},
        Case{"BreaksOnce", "  - always: cluster.prod.connection == Successful", kFail,
             "broken at 00:05:17"},
        Case{"NamesTheValueThatBrokeIt", "  - always: app.*.health == Healthy", kFail,
             "app.shop.health is Degraded"},
        Case{"CountsOnlyUntilItsEvent",
             "  - always: cluster.prod.connection == Successful\n    until: lost.start", kPass,
             "held"},
        Case{"CountsOnlyAfterItsEvent",
             "  - always: cluster.prod.connection == Successful\n    after: lost.end + 30s", kPass,
             "held"},
        Case{"CountsWithinItsWindow",
             "  - always: cluster.prod.connection == Failed\n    after: lost.start + 30s\n    "
             "until: lost.end",
             kPass, "held"},
        Case{"FailsWhenTheValueWasNeverThere", "  - always: app.ghost.health == Healthy", kFail,
             "never evaluated"},
        Case{"FailsWhenNothingMatchesAWildcard", "  - always: app.ghost-*.health == Healthy", kFail,
             "never evaluated"},
        Case{"StartsWhenItsValueAppears", "  - always: app.late.health == Healthy", kPass, "held"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Never, ExpectationTable,
    ::testing::Values(
        Case{"Holds", "  - never: cluster.dr.connection != Successful", kPass, "held"},
        Case{"Breaks", "  - never: app.shop.health == Degraded", kFail, "broken at 00:06:00"},
        Case{"AsksForAnyMatch", "  - never: app.*.health == Degraded", kFail, "broken at 00:06:00"},
        Case{"IsOverBeforeItWouldBreak",
             "  - never: app.shop.health == Degraded\n    until: lost.start", kPass, "held"},
        Case{"FailsWhenTheValueWasNeverThere", "  - never: app.ghost.health == Degraded", kFail,
             "never evaluated"},
        Case{"FailsAboutAnObjectThatNeverWas", "  - never: app.ghost.exists == true", kFail,
             "never evaluated"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Eventually, ExpectationTable,
    ::testing::Values(
        Case{"InTime",
             "  - eventually: cluster.prod.connection == Failed\n    within: 30s\n    after: "
             "lost.start",
             kPass, "true at 00:05:17"},
        Case{"ExactlyInTime",
             "  - eventually: cluster.prod.connection == Failed\n    within: 17s\n    after: "
             "lost.start",
             kPass, "true at 00:05:17"},
        Case{"TooLate",
             "  - eventually: cluster.prod.connection == Failed\n    within: 16s\n    after: "
             "lost.start",
             kFail, "not true by 00:05:16"},
        Case{"AtOnceWhenItHoldsAlready",
             "  - eventually: cluster.dr.connection == Successful\n    within: 1s\n    after: "
             "lost.start",
             kPass, "true at 00:05:00"},
        Case{"FailsWhenTheValueWasNeverThere",
             "  - eventually: app.ghost.health == Healthy\n    within: 1m", kFail,
             "never evaluated"},
        Case{"IsOpenWhenTheRunEndsFirst",
             "  - eventually: app.shop.health == Missing\n    within: 20m\n    after: lost.end",
             Verdict::inconclusive, "before its deadline"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Stable, ExpectationTable,
    ::testing::Values(
        Case{"LongEnough", "  - stable: app.shop.health == Healthy\n    for: 10m", kPass,
             "held for"},
        Case{"NeverLongEnough", "  - stable: cluster.prod.connection == Failed\n    for: 11m",
             kFail, "never held for 11m"},
        Case{"ABreakStartsItAnew",
             "  - stable: app.shop.health == Healthy\n    for: 10m\n    until: lost.end", kFail,
             "never held"},
        Case{"FailsWhenTheValueWasNeverThere",
             "  - stable: app.ghost.health == Healthy\n    for: 1m", kFail, "never evaluated"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Reached, ExpectationTable,
    ::testing::Values(
        Case{"Once", "  - reached: app.shop.health == Degraded", kPass, "true at 00:06:00"},
        Case{"Never", "  - reached: app.shop.health == Missing", kFail, "not true by 00:30:00"},
        Case{"NotInItsWindow", "  - reached: app.shop.health == Degraded\n    after: lost.end",
             kFail, "not true by"},
        Case{"FailsWhenTheValueWasNeverThere", "  - reached: app.ghost.health == Degraded", kFail,
             "never evaluated"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Expectations, FailWhenTheirEventNeverHappened) {
  const auto result =
      judged("  - always: cluster.dr.connection == Successful\n    after: lost.start",
             "10s belief cluster.dr.connection Successful\n1m state app.shop.health Healthy");
  EXPECT_EQ(result.verdict, kFail);
  EXPECT_EQ(result.message, "never evaluated: lost.start never happened");
}

TEST(Expectations, FailWhenTheirWindowOpensAfterTheEnd) {
  const auto result =
      judged("  - always: cluster.dr.connection == Successful\n    after: lost.start + 20m", R"(
    10s belief cluster.dr.connection Successful
    15m fault fault.lost active)");
  EXPECT_EQ(result.verdict, kFail);
  EXPECT_THAT(result.message, HasSubstr("opens after the end"));
}

TEST(Expectations, LookBetweenInstantsNeverHalfWayThroughOne) {
  const auto result = judged("  - always: app.a.health == Healthy and app.b.health == Healthy", R"(
    10s state app.a.health Healthy
    10s state app.b.health Healthy
    1m state app.a.health Degraded
    1m state app.a.health Healthy)");
  EXPECT_EQ(result.verdict, kPass) << result.message;
}

TEST(Expectations, IgnoreWhatWasBeforeTheStart) {
  const auto result = judged("  - never: app.shop.health == Degraded", R"(
    5s state app.shop.health Degraded
    9s state app.shop.health Healthy
    1m state app.shop.health Healthy)");
  EXPECT_EQ(result.verdict, kPass) << result.message;
}

TEST(Expectations, AreWrittenAsTheAuthorDid) {
  const auto result = judged(
      "  - eventually: cluster.prod.connection == Failed\n    within: 30s\n    after: lost.start + "
      "1s\n"
      "    because: people wait");
  EXPECT_EQ(result.text,
            "eventually: cluster.prod.connection == Failed within 30s after lost.start + 1s");
  EXPECT_EQ(result.because, "people wait");
}

/// The hub is wrong about prod from 5m to 5m17s and from 15m to 15m20s.
constexpr std::string_view kLag = R"(
  10s truth truth.cluster.prod.reachable true
  10s belief cluster.prod.connection Successful
  10s truth truth.traffic.shop.prod true
  5m fault fault.lost active
  5m truth truth.cluster.prod.reachable false
  5m17s belief cluster.prod.connection Failed
  15m fault fault.lost healed
  15m truth truth.cluster.prod.reachable true
  15m20s belief cluster.prod.connection Successful
  20m belief traffic.shop.target.prod unhealthy
)";

TEST(Lag, IsHowLongABeliefHasBeenWrong) {
  EXPECT_EQ(judged("  - always: cluster.prod.lag <= 20s", kLag).verdict, Verdict::passed);
  EXPECT_EQ(judged("  - always: cluster.*.lag < 30s", kLag).verdict, Verdict::passed);
  const auto broken = judged("  - never: cluster.prod.lag > 18s", kLag);
  EXPECT_EQ(broken.verdict, Verdict::failed);
  EXPECT_THAT(broken.message, HasSubstr("broken at 00:15:18.0"));
  EXPECT_EQ(judged("  - reached: cluster.prod.lag >= 20s", kLag).verdict, Verdict::failed);
  EXPECT_EQ(judged("  - reached: cluster.prod.lag >= 19s", kLag).verdict, Verdict::passed);
}

TEST(Lag, GrowsWithoutAnEventUntilTheEnd) {
  EXPECT_EQ(judged("  - {eventually: traffic.shop.lag.prod > 5m, within: 26m}", kLag).verdict,
            Verdict::passed);
  EXPECT_EQ(judged("  - {stable: cluster.prod.lag == 0s, for: 9m}", kLag).verdict, Verdict::passed);
}

TEST(Lag, OfWhoBelievesNothingIsNotThere) {
  EXPECT_THAT(judged("  - always: cluster.dr.lag < 1s", kLag).message,
              HasSubstr("never evaluated"));
}

}  // namespace
}  // namespace spokelab::harness
