// Timings, measured from histories that are written down here second by second.
#include "harness/judge/timings.h"

#include <gmock/gmock.h>

#include <optional>

#include "harness/scenario/values.h"
#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kBefore = R"(
  1s truth truth.cluster.prod.reachable true
  1s truth truth.traffic.shop.prod true
  1s truth truth.traffic.shop.dr true
  2s belief cluster.prod.connection Successful
  2s belief traffic.shop.target.prod healthy
  2s belief traffic.shop.target.dr healthy
  2s state app.shop.exists true
  2s state app.shop.sync Synced
  2s state app.shop.health Healthy
  2s state traffic.shop.route.prod 100%
  2s state traffic.shop.route.dr 0%
)";

/// The timings of a loss of prod from 5m to 15m in a run of 30 minutes.
std::vector<reports::Timing> measured(const std::string& during, Nanos ended = 30min,
                                      std::optional<Nanos> end = 15min) {
  const auto events = told(std::string(kBefore) + during);
  reports::FaultWindow fault;
  fault.name = "lost";
  fault.what = "region-loss";
  fault.start = RunTime(5min);
  if (end) fault.end = RunTime(*end);
  return measure(TimingInputs{events, {fault}, RunTime(ended), 1});
}

const reports::Timing* find(const std::vector<reports::Timing>& all, const std::string& name) {
  for (const auto& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

reports::Timing the(const std::vector<reports::Timing>& all, const std::string& name) {
  const auto* found = find(all, name);
  EXPECT_NE(found, nullptr) << "no " << name;
  return found == nullptr ? reports::Timing{} : *found;
}

void expect_parts_add_up(const std::vector<reports::Timing>& all) {
  for (const auto& timing : all) {
    if (!timing.measured || timing.parts.empty()) continue;
    Nanos sum{0};
    for (const auto& part : timing.parts) sum += part.span;
    EXPECT_EQ(sum, *timing.measured) << timing.name;
  }
}

/// One line a second of 100 users, all failing from `bad_from` until before `bad_until`.
std::string users(Nanos bad_from, Nanos bad_until, Nanos until = 30min) {
  std::string text;
  for (Nanos second = 4min; second < until; second += 1s) {
    const bool bad = second >= bad_from && second < bad_until;
    text += exact_duration(second + 1s) + " traffic traffic.shop.requests - sent=100 failed=" +
            (bad ? "100 last_failed=" + exact_duration(second + 990ms) : std::string("0")) + "\n";
  }
  return text;
}

TEST(DetectionHub, RunsFromTheFaultToTheBeliefAndTellsWhichProbesLedToIt) {
  const auto all = measured(R"(
    5m truth truth.cluster.prod.reachable false
    5m17s belief cluster.prod.connection Failed first_sent=5m2s first_known=5m7s last_sent=5m12s in_a_row=2)");
  const auto timing = the(all, "detection.hub");
  EXPECT_EQ(timing.measured, Nanos(17s));
  ASSERT_EQ(timing.parts.size(), 3u);
  EXPECT_EQ(timing.parts[0].span, Nanos(2s));
  EXPECT_EQ(timing.parts[1].span, Nanos(10s));
  EXPECT_EQ(timing.parts[2].span, Nanos(5s));
  EXPECT_THAT(timing.parts[1].what, HasSubstr("failed probe 2"));
}

TEST(DetectionHub, FallsBackToTheProbesThatTheHistoryTells) {
  const auto all = measured(R"(
    5m truth truth.cluster.prod.reachable false
    5m7s fact cluster.prod.probe failed
    5m17s fact cluster.prod.probe failed
    5m17s belief cluster.prod.connection Failed)");
  EXPECT_EQ(the(all, "detection.hub").measured, Nanos(17s));
  expect_parts_add_up(all);
}

TEST(DetectionHub, IsTheLastOfSeveralClusters) {
  const auto all = measured(R"(
    3s truth truth.cluster.dr.reachable true
    3s belief cluster.dr.connection Successful
    5m truth truth.cluster.prod.reachable false
    5m truth truth.cluster.dr.reachable false
    5m17s belief cluster.prod.connection Failed
    5m22s belief cluster.dr.connection Failed)");
  EXPECT_EQ(the(all, "detection.hub").measured, Nanos(22s));
}

constexpr const char* kAlerts = "1s state hub.notifications on\n";

TEST(DetectionAlert, RunsToTheFirstNotificationAboutWhatTheFaultStrikes) {
  const auto all = measured(std::string(kAlerts) + R"(
    3s belief cluster.dr.connection Successful
    5m truth truth.cluster.prod.reachable false
    5m1s fact alert.dr.on-lost delivered @dr sent=5m1s attempts=1
    5m7s fact cluster.prod.probe failed
    5m17s fact cluster.prod.probe failed
    5m17s belief cluster.prod.connection Failed
    5m18s fact alert.prod.on-lost failed @prod sent=5m17s attempts=4
    5m20s fact alert.prod.on-lost delivered @prod sent=5m19s attempts=1
    5m40s fact alert.shop.on-unknown delivered @prod sent=5m40s attempts=1)");
  const auto timing = the(all, "detection.alert");
  EXPECT_EQ(timing.measured, Nanos(20s));
  ASSERT_EQ(timing.parts.size(), 4u);
  EXPECT_EQ(timing.parts[1].what, "failed probe 2, the hub calls prod Failed");
  EXPECT_EQ(timing.parts[2].what, "notification sent");
  EXPECT_EQ(timing.parts[3].what, "delivered");
  EXPECT_THAT(timing.note, HasSubstr("on-lost of prod"));
  expect_parts_add_up(all);
}

TEST(DetectionAlert, TellsWhatAnApplicationWentThrough) {
  const auto all = measured(std::string(kAlerts) + R"(
    5m truth truth.cluster.prod.reachable false
    5m30s state app.shop.health Degraded
    5m31s fact alert.shop.on-degraded delivered @prod sent=5m30s attempts=1)");
  const auto timing = the(all, "detection.alert");
  EXPECT_EQ(timing.measured, Nanos(31s));
  EXPECT_EQ(timing.parts.at(0).what, "health of app shop is Degraded, notification sent");
}

TEST(DetectionAlert, IsNeverWhenNobodyIsToldWhileTheFaultLasts) {
  const auto timing = the(measured(std::string(kAlerts) + R"(
    5m truth truth.cluster.prod.reachable false
    6m fact alert.prod.on-lost failed @prod sent=6m attempts=4
    16m fact alert.prod.on-lost delivered @prod sent=16m attempts=1)"),
                          "detection.alert");
  EXPECT_FALSE(timing.measured);
  EXPECT_THAT(timing.note, HasSubstr("no notification about prod was delivered; 1 failed"));
}

TEST(DetectionAlert, TakesAnyNotificationWhereNoClusterIsStruck) {
  const auto all = measured(std::string(kAlerts) + R"(
    5m30s fact alert.shop.on-unknown delivered @prod sent=5m30s attempts=1)");
  EXPECT_EQ(the(all, "detection.alert").measured, Nanos(30s));
}

TEST(DetectionAlert, IsNotMeasuredWithoutNotifications) {
  EXPECT_EQ(find(measured("5m truth truth.cluster.prod.reachable false"), "detection.alert"),
            nullptr);
}

TEST(DetectionHub, NeverHappensWhenTheHubGoesOnBelieving) {
  const auto timing = the(measured("5m truth truth.cluster.prod.reachable false"), "detection.hub");
  EXPECT_FALSE(timing.measured);
  EXPECT_EQ(timing.note, "the hub never noticed the loss of prod");
}

TEST(DetectionHub, DoesNotCountABeliefThatComesAfterTheFault) {
  const auto timing = the(measured("5m truth truth.cluster.prod.reachable false\n"
                                   "15m1s belief cluster.prod.connection Failed"),
                          "detection.hub");
  EXPECT_FALSE(timing.measured);
}

/// prod is lost from 5m to 15m, dr from 7m to 17m.
std::vector<reports::Timing> measured_with_a_second_loss(const std::string& during) {
  const auto events = told(std::string(kBefore) + during);
  std::vector<reports::FaultWindow> faults(2);
  faults[0].name = "lost";
  faults[0].start = RunTime(5min);
  faults[0].end = RunTime(15min);
  faults[0].clusters = {"prod"};
  faults[1].name = "second";
  faults[1].start = RunTime(7min);
  faults[1].end = RunTime(17min);
  faults[1].clusters = {"dr"};
  return measure(TimingInputs{events, faults, RunTime(30min), 1});
}

TEST(DetectionHub, OfOverlappingFaultsCountsOnlyWhatEachOfThemStrikes) {
  const auto all = measured_with_a_second_loss(R"(
    3s truth truth.cluster.dr.reachable true
    3s belief cluster.dr.connection Successful
    5m truth truth.cluster.prod.reachable false
    5m17s belief cluster.prod.connection Failed
    7m truth truth.cluster.dr.reachable false
    7m22s belief cluster.dr.connection Failed)");
  for (const auto& timing : all) {
    if (timing.name != "detection.hub") continue;
    EXPECT_EQ(timing.measured, timing.fault == "lost" ? Nanos(17s) : Nanos(22s)) << timing.fault;
  }
}

TEST(Reconvergence, OfOverlappingFaultsWantsUsersWhereTheyWereBeforeTheFirst) {
  const auto all = measured_with_a_second_loss(R"(
    5m30s state traffic.shop.route.prod 0%
    5m30s state traffic.shop.route.dr 100%
    15m30s state traffic.shop.route.prod 100%
    15m30s state traffic.shop.route.dr 0%)");
  for (const auto& timing : all) {
    if (timing.name != "reconvergence") continue;
    EXPECT_EQ(timing.measured, timing.fault == "lost" ? Nanos(30s) : Nanos(0s))
        << timing.fault << timing.note;
  }
}

TEST(DetectionHub, CountsAClusterThatIsCrippledAndNotGone) {
  const auto all = measured_with_a_second_loss("5m17s belief cluster.prod.connection Failed");
  EXPECT_EQ(the(all, "detection.hub").measured, Nanos(17s));
}

TEST(DetectionHub, IsAbsentWhereNoClusterWasLost) {
  EXPECT_EQ(find(measured("5m truth truth.traffic.shop.prod false"), "detection.hub"), nullptr);
}

TEST(DetectionRouter, RunsFromTheFaultToTheTargetThatIsGivenUp) {
  const auto all = measured(R"(
    5m truth truth.traffic.shop.prod false
    5m26s belief traffic.shop.target.prod unhealthy first_sent=5m first_known=5m6s last_sent=5m20s in_a_row=3)");
  const auto timing = the(all, "detection.router");
  EXPECT_EQ(timing.measured, Nanos(26s));
  expect_parts_add_up(all);
}

TEST(DetectionUsers, IsTheFirstFailedRequest) {
  const auto all = measured("5m2s fact traffic.shop.first-failure failed sent=5m");
  EXPECT_EQ(the(all, "detection.users").measured, Nanos(2s));
  expect_parts_add_up(all);
}

TEST(Failover, EndsWithTheLastRequestThatFails) {
  const auto all = measured(users(5min, 5min + 26s));
  EXPECT_EQ(the(all, "failover").measured, Nanos(25s + 990ms));
  EXPECT_EQ(the(all, "downtime").measured, Nanos(26s));
  EXPECT_THAT(the(all, "downtime").note, HasSubstr("2600 of"));
  expect_parts_add_up(all);
}

TEST(Failover, IsNothingWhenNoUserNoticed) {
  const auto all = measured(users(0s, 0s));
  EXPECT_EQ(the(all, "failover").measured, Nanos(0));
  EXPECT_EQ(the(all, "downtime").measured, Nanos(0));
}

TEST(Failover, NeverHappensWhenUsersFailUntilTheFaultEnds) {
  const auto all = measured(users(5min, 15min + 3s));
  EXPECT_FALSE(the(all, "failover").measured);
  EXPECT_EQ(the(all, "failover").note, "users were still failing when the fault ended");
  EXPECT_EQ(the(all, "downtime").measured, Nanos(10min + 3s));
}

TEST(Failover, IsAbsentWithoutUsers) {
  const auto all = measured("5m truth truth.cluster.prod.reachable false");
  EXPECT_EQ(find(all, "failover"), nullptr);
  EXPECT_EQ(find(all, "downtime"), nullptr);
}

TEST(Downtime, IsASuccessRateBelowThreeNines) {
  const auto one_second = [](const char* counts) {
    return measured(
        "5m10s traffic traffic.shop.requests - " + std::string(counts) +
        " last_failed=5m9.5s\n5m11s traffic traffic.shop.requests - sent=1000 failed=0");
  };
  EXPECT_EQ(the(one_second("sent=1000 failed=1"), "downtime").measured, Nanos(0));
  EXPECT_EQ(the(one_second("sent=1000 failed=2"), "downtime").measured, Nanos(1s));
}

constexpr std::string_view kReturn = R"(
  5m truth truth.cluster.prod.reachable false
  5m truth truth.traffic.shop.prod false
  5m17s belief cluster.prod.connection Failed
  5m26s belief traffic.shop.target.prod unhealthy
  5m26s state traffic.shop.route.prod 0%
  5m26s state traffic.shop.route.dr 100%
  15m truth truth.cluster.prod.reachable true
  15m truth truth.traffic.shop.prod true
  15m20s belief cluster.prod.connection Successful
  15m30s state app.shop.sync OutOfSync
  15m40s state app.shop.sync Synced
  15m45s belief traffic.shop.target.prod healthy
  15m45s state traffic.shop.route.dr 0%
  15m45s state traffic.shop.route.prod 100%
)";

TEST(Reconvergence, IsTheFirstInstantFromWhichAllIsWellForAMinute) {
  const auto all = measured(std::string(kReturn) + "20m fact run.tick now");
  EXPECT_EQ(the(all, "reconvergence").measured, Nanos(45s));
  expect_parts_add_up(all);
}

TEST(Reconvergence, StartsAnewWhenAMinuteIsBroken) {
  const auto all =
      measured(std::string(kReturn) +
               "16m30s state app.shop.health Progressing\n16m35s state app.shop.health Healthy\n");
  EXPECT_EQ(the(all, "reconvergence").measured, Nanos(95s));
}

TEST(Reconvergence, NeedsTheSplitOfBefore) {
  auto stuck = std::string(kReturn);
  stuck.resize(stuck.find("15m45s state traffic.shop.route.dr"));
  const auto timing = the(measured(stuck), "reconvergence");
  EXPECT_FALSE(timing.measured);
  EXPECT_THAT(timing.note, HasSubstr("users of shop go to prod, not 100%"));
}

TEST(Reconvergence, NeedsAWholeMinuteBeforeTheRunEnds) {
  const auto timing = the(measured(std::string(kReturn), 16min + 44s), "reconvergence");
  EXPECT_FALSE(timing.measured);
  EXPECT_THAT(timing.note, HasSubstr("before the run ended"));
  EXPECT_EQ(the(measured(std::string(kReturn), 16min + 45s), "reconvergence").measured, Nanos(45s));
}

TEST(Reconvergence, NeverHappensWhileTheFaultIsInForce) {
  const auto timing = the(measured(std::string(kReturn), 30min, std::nullopt), "reconvergence");
  EXPECT_FALSE(timing.measured);
  EXPECT_EQ(timing.note, "the fault had not ended when the run did");
}

TEST(Measure, SaysNothingAboutAFaultThatNeverBegan) {
  const auto events = told(std::string(kBefore));
  reports::FaultWindow fault;
  fault.name = "lost";
  EXPECT_TRUE(measure(TimingInputs{events, {fault}, RunTime(30min), 1}).empty());
}

}  // namespace
}  // namespace spokelab::harness
