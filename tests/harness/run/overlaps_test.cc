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

/// One long fault, and one of the same kind that ends before it.
struct Pair {
  const char* name;
  const char* what;
  const char* scope;
  const char* first;   // parameters of the long one
  const char* second;  // and of the short one
  const char* holds;   // after the short one has ended, while the long one lasts
};

constexpr Pair kPairs[] = {
    {"Tls", "tls", "on: prod", "problem: unknown-ca", "problem: expired",
     "cluster.prod.connection == Failed"},
    {"GitSlow", "git-slow", "on: git", "latency: 20s", "latency: 1s",
     "app.agent-prod.sync == Unknown"},
    {"DnsWrong", "dns-wrong", "on: names", "answer: dr", "answer: prod",
     "traffic.names.share.dr == 100%"},
    {"ProbeFlap", "probe-flap", "on: agent", "every: 2h", "every: 10s",
     "traffic.agent.target.prod == unhealthy"},
    {"Unauthorized", "unauthorized", "on: prod", "", "", "cluster.prod.connection == Failed"},
    {"ApiErrors", "api-errors", "on: prod", "code: 503", "code: 500",
     "cluster.prod.connection == Failed"},
    {"ApiRestart", "api-restart", "on: prod", "down: 1h", "down: 1s",
     "cluster.prod.connection == Failed"},
    {"RegionLoss", "region-loss", "on: prod", "", "", "cluster.prod.connection == Failed"},
    {"Partition", "partition", "between: hub <-> prod", "", "",
     "cluster.prod.connection == Failed"},
    {"GitDown", "git-down", "on: git", "", "how: error", "app.agent-prod.sync == Unknown"},
    {"CrashLoop", "crash-loop", "on: prod", "object: deployment agent/agent-prod",
     "object: deployment agent/agent-prod", "deployment.prod.agent.agent-prod.ready == 0"},
    {"NodeLoss", "node-loss", "on: prod", "nodes: 3", "nodes: 2",
     "truth.cluster.prod.serving == false"},
};

class OverlapsOfOneKind : public ::testing::TestWithParam<Pair> {};

TEST_P(OverlapsOfOneKind, LastUntilTheLongestIsOver) {
  const auto& pair = GetParam();
  const auto fault = [&](const char* name, const char* parameters, const char* when) {
    return std::string("  ") + name + ": {what: " + pair.what + ", " + pair.scope +
           (*parameters == '\0' ? "" : ", ") + parameters + when + "}\n";
  };
  const auto run =
      played(two_clusters("faults:\n" + fault("long", pair.first, ", at: 1m, for: 6m") +
                          fault("short", pair.second, ", at: 90s, for: 10s") +
                          "  anew: {what: reset, on: prod, at: 110s, for: 5m, every: 20s}\n"
                          "expect:\n  - {stable: \"" +
                          pair.holds + "\", for: 30s, after: short.end, until: long.end}\n"));
  ASSERT_FALSE(run.expectations.empty());
  EXPECT_EQ(run.expectations.front().verdict, reports::Verdict::passed) << reasons(run);
}

INSTANTIATE_TEST_SUITE_P(Faults, OverlapsOfOneKind, ::testing::ValuesIn(kPairs),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(OverlappingFaults, KeepNameServersSilentUntilTheLastOfThemIsOver) {
  const auto run = played(two_clusters(R"(
faults:
  long: {what: dns-down, on: names, at: 1m, for: 5m}
  short: {what: dns-down, on: names, at: 90s, for: 10s}
  lost: {what: region-loss, on: prod, at: 2m, for: 5m}
expect:
  - {never: traffic.names.share.dr > 0%, after: lost.start, until: long.end}
  - {eventually: traffic.names.share.dr == 100%, within: 30s, after: long.end}
)"));
  for (const auto& one : run.expectations)
    EXPECT_EQ(one.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(OverlappingFaults, GoOnLosingWatchEventsUntilTheLastOfThemIsOver) {
  const auto run = played(two_clusters(R"(
faults:
  long: {what: watch-loss, on: prod, share: 100%, at: 1m, for: 6m}
  short: {what: watch-loss, on: prod, share: 10%, at: 90s, for: 10s}
steps:
  - {at: 3m, edit: {cluster: prod, object: deployment agent/agent-prod, patch: {spec: {replicas: 1}}}}
expect:
  - {never: app.agent-prod.sync == OutOfSync, after: short.end, until: long.start + 3m}
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
  const auto run = played(two_clusters(""), 1, 20);
  EXPECT_EQ(run.verdict, reports::Verdict::inconclusive);
  EXPECT_THAT(reasons(run), ::testing::HasSubstr("livelock: 20 events at"));
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
