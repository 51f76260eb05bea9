// Faults that overlap: what one of them holds down stays down when the other is over; and their
// timings are whole.
#include <gmock/gmock.h>

#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

const reports::Timing* timing_of(const reports::Run& run, const std::string& fault,
                                 const std::string& name) {
  for (const auto& timing : run.timings) {
    if (timing.fault == fault && timing.name == name) return &timing;
  }
  return nullptr;
}

TEST(OverlappingFaults, KeepAReplicaDeadUntilTheLastOfThemIsOver) {
  const auto run = played(two_clusters(R"(
faults:
  all: {what: hub-loss, on: hub, at: 2m, for: 1m}
  one: {what: hub-loss, on: hub-0, at: 150s, for: 2m}
expect:
  - {never: hub.hub-0.state == running, after: all.start + 1s, until: all.end + 80s}
  - {eventually: hub.hub-1.state == running, within: 1s, after: all.end}
)"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(OverlappingFaults, KeepARepositoryAwayUntilTheLastOfThemIsOver) {
  const auto run = played(two_clusters(R"(
faults:
  down: {what: git-down, on: git, at: 2m, for: 5m}
  empty: {what: git-empty, on: git, at: 150s, for: 10s}
expect:
  - {eventually: app.agent-prod.sync == Unknown, within: 4m, after: empty.end}
)"));
  EXPECT_EQ(run.expectations.front().verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Faults, AtTheVeryStartReconverge) {
  const auto run = played(
      two_clusters("faults: {early: {what: clock-skew, on: prod, offset: 1m, at: 0s, for: 1m}}\n"));
  const auto* timing = timing_of(run, "early", "reconvergence");
  ASSERT_NE(timing, nullptr);
  EXPECT_TRUE(timing->measured) << timing->note;
}

TEST(Faults, ThatEndWithTheStoryReconverge) {
  const auto run =
      played(two_clusters("faults: {late: {what: dns-wrong, on: names, answer: dr, at: 7m, for: "
                          "10m}}\nlimits: {late: {reconvergence: 3m}}\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Faults, ThatDisturbAllTheRouterDoesHitSomething) {
  const auto run = played(two_clusters(
      "faults: {cut: {what: partition, between: router <-> prod, at: 2m, for: 1m}}\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Play, CallsARunThatGoesRoundInCirclesInconclusive) {
  const auto run = played(two_clusters(""), 1, 100);
  EXPECT_EQ(run.verdict, reports::Verdict::inconclusive);
  EXPECT_THAT(reasons(run), ::testing::HasSubstr("livelock: 100 events at"));
  EXPECT_FALSE(run.events.empty());
}

TEST(Faults, OfImagesThatNobodyPullsHitNothing) {
  const auto run =
      played(two_clusters("faults: {pull: {what: image-pull, on: prod, at: 2m, for: 1m}}\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  EXPECT_THAT(reasons(run), ::testing::HasSubstr("hit nothing"));
}

TEST(Faults, ThatStopTheWholeHubLeaveNoClusterOutOfReach) {
  const auto run =
      played(two_clusters("faults: {still: {what: hub-pause, on: hub, at: 2m, for: 1m}}\n"));
  EXPECT_EQ(timing_of(run, "still", "detection.hub"), nullptr);
}

}  // namespace
}  // namespace spokelab::harness
