// Every kind of fault: it starts, hits something, heals, and everything recovers from it.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/run/faults/active_fault.h"
#include "harness/scenario/schema.h"
#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Case {
  const char* name;
  const char* what;
  const char* scope;        // the rest of the fault
  const char* expect = "";  // a condition that becomes true while it lasts
  const char* beside = "";  // another fault, without which this one meets nobody
};

// While each fault lasts, a release is committed, so that there are writes to hit.
constexpr Case kCases[] = {
    {"RegionLossOfACluster", "region-loss", "on: prod", "cluster.prod.connection == Failed"},
    {"RegionLoss", "region-loss", "on: us-east", "truth.cluster.prod.reachable == false"},
    {"ZoneLoss", "zone-loss", "on: prod, zone: a"},
    {"NodeLoss", "node-loss", "on: prod, nodes: 3", "traffic.agent.target.prod == unhealthy"},
    {"Partition", "partition", "between: hub <-> prod", "cluster.prod.connection == Failed"},
    {"PartitionOneWay", "partition", "from: prod, to: hub", "cluster.prod.connection == Failed"},
    {"PartitionFromGit", "partition", "between: hub <-> git"},
    {"Blackhole", "blackhole", "on: prod", "cluster.prod.connection == Failed"},
    {"Refused", "refused", "on: prod", "cluster.prod.connection == Failed"},
    {"RefusedUsers", "refused", "from: users, to: prod"},
    {"Latency", "latency", "between: hub <-> prod, latency: 200ms, jitter: 50ms"},
    {"Loss", "loss", "between: hub <-> prod, share: 10%"},
    {"Bandwidth", "bandwidth", "between: hub <-> prod, rate: 64KiB/s"},
    {"Reset", "reset", "on: prod, every: 20s"},
    {"HalfOpen", "half-open", "between: hub <-> prod"},
    {"ApiRestart", "api-restart", "on: prod, down: 40s", "cluster.prod.connection == Failed"},
    {"ApiRestartOfTheHub", "api-restart", "on: hub, down: 10s"},
    {"ApiErrors", "api-errors", "on: prod, code: 503", "cluster.prod.connection == Failed"},
    {"ApiErrorsForSome", "api-errors",
     "on: prod, code: 503, verbs: [create, patch, update], resources: [deployments]"},
    {"Throttle", "throttle", "on: prod, share: 50%"},
    {"SlowRequests", "slow-requests", "on: prod, latency: 300ms"},
    {"StaleReads", "stale-reads", "on: prod"},
    {"WatchStall", "watch-stall", "on: prod"},
    {"WatchClose", "watch-close", "on: prod, every: 30s"},
    {"WatchExpired", "watch-expired", "on: prod, every: 30s"},
    {"WatchLoss", "watch-loss", "on: prod, share: 50%"},
    {"EtcdSlow", "etcd-slow", "on: prod, latency: 500ms"},
    {"EtcdNoQuorum", "etcd-no-quorum", "on: prod"},
    {"Unauthorized", "unauthorized", "on: prod", "cluster.prod.connection == Failed"},
    {"Forbidden", "forbidden",
     "on: prod, verbs: [patch, update, create], resources: [deployments]"},
    {"Tls", "tls", "on: prod, problem: expired", "",
     "  anew: {what: reset, on: prod, at: 130s, for: 1s}\n"},
    {"WebhookDown", "webhook-down", "on: prod, how: refused"},
    {"ClockSkew", "clock-skew", "on: prod, offset: -10m"},
    {"CrashLoop", "crash-loop", "on: prod, object: deployment agent/agent-prod"},
    {"ImagePull", "image-pull", "on: prod, object: deployment agent/agent-prod"},
    {"HubLoss", "hub-loss", "on: hub-0"},
    {"HubLossOfAll", "hub-loss", "on: hub"},
    {"HubPause", "hub-pause", "on: hub-0"},
    {"RepoServerLoss", "component-loss", "on: hub, component: repo-server"},
    {"RedisLoss", "component-loss", "on: hub, component: redis"},
    {"AppSetControllerLoss", "component-loss", "on: hub, component: applicationset-controller"},
    {"NotificationsLoss", "component-loss", "on: hub, component: notifications-controller"},
    {"GitDown", "git-down", "on: git"},
    {"GitSlow", "git-slow", "on: git, latency: 5s"},
    {"GitEmpty", "git-empty", "on: https://github.com/example/agent"},
    {"DnsDown", "dns-down", "on: names"},
    {"DnsStale", "dns-stale", "on: names"},
    {"DnsWrong", "dns-wrong", "on: names, answer: dr"},
    {"RouterLoss", "router-loss", "on: agent"},
    {"ProbeBlind", "probe-blind", "on: agent"},
    {"ProbeFlap", "probe-flap", "on: agent, every: 20s"},
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class FaultKinds : public ::testing::TestWithParam<Case> {};

TEST_P(FaultKinds, StartHitHealAndAreRecoveredFrom) {
  const auto& one = GetParam();
  auto rest = std::string("faults:\n  trouble: {what: ") + one.what + ", " + one.scope +
              ", at: 2m, for: 4m}\n" + one.beside + R"(steps:
  - name: release
    at: 4m30s  # late enough for the five retries that the application allows to outlast the fault
    commit:
      repo: https://github.com/example/agent
      files: {charts/agent/values.yaml: {replace: {from: 'tag: "1.4.0"', to: 'tag: "1.5.0"'}}}
)";
  if (*one.expect != '\0') {
    rest += std::string("expect:\n  - eventually: ") + one.expect +
            "\n    within: 4m\n    after: trouble.start\n";
  }
  const auto run = played(two_clusters(rest));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
  ASSERT_FALSE(run.faults.empty());
  const auto& fault = run.faults.back();
  EXPECT_EQ(fault.name, "trouble");
  EXPECT_EQ(fault.start, RunTime(std::chrono::minutes(2)));
  EXPECT_EQ(fault.end, RunTime(std::chrono::minutes(6)));
  EXPECT_GT(fault.hits, 0u);
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultKinds, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FaultTable, HasATestForEveryKind) {
  for (const auto& kind : fault_kinds()) {
    EXPECT_TRUE(std::any_of(std::begin(kCases), std::end(kCases), [&](const Case& one) {
      return kind.what == one.what;
    })) << kind.what;
  }
}

TEST(FaultTable, PlaysExactlyWhatScenariosMayName) {
  std::set<std::string_view> played_kinds;
  for (const auto& kind : fault_kinds())
    EXPECT_TRUE(played_kinds.insert(kind.what).second) << kind.what << " twice";
  for (const auto& kind : kinds()) {
    if (kind.object == "faults/*") {
      EXPECT_TRUE(played_kinds.contains(kind.name)) << kind.name;
    }
  }
}

TEST(Faults, ThatOutlastAllRetriesAreRecoveredFrom) {
  for (const char* fault : {"what: webhook-down, on: prod, how: refused", "what: throttle, on: hub",
                            "what: api-errors, on: hub, code: 404",
                            "what: api-errors, on: hub, code: 503", "what: etcd-no-quorum, on: hub",
                            "what: etcd-no-quorum, on: prod", "what: forbidden, on: prod"}) {
    const auto run =
        played(two_clusters(std::string("faults: {f: {") + fault + ", at: 0s, for: 5m}}\n"));
    EXPECT_EQ(run.verdict, reports::Verdict::passed) << fault << "\n" << reasons(run);
  }
}

TEST(Faults, OfAZoneKnowItByItsLetterItsLabelAndItsCloudName) {
  for (const char* zone : {"a", "us-easta", "us-east-a"}) {
    const auto run =
        played(two_clusters(std::string("faults: {f: {what: zone-loss, on: prod, zone: ") + zone +
                                ", at: 1m, for: 1m}}\n",
                            "4m"));
    EXPECT_EQ(run.verdict, reports::Verdict::passed) << zone << "\n" << reasons(run);
  }
}

TEST(Faults, ThatHitNothingFailTheRun) {
  const auto run = played(two_clusters(
      "faults:\n  none: {what: webhook-down, on: prod, how: refused, at: 2m, for: 30s}\n", "4m"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  EXPECT_THAT(run.reasons, Contains(HasSubstr("fault none: it hit nothing")));
}

TEST(Faults, WhoseTriggerNeverFiresFailTheRun) {
  const auto run =
      played(two_clusters("faults:\n  never: {what: region-loss, on: prod, when: "
                          "cluster.dr.connection == Failed, for: 1m}\n",
                          "4m"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  EXPECT_THAT(run.reasons, Contains(HasSubstr("fault never: its trigger never fired")));
}

TEST(Faults, BeginWhenTheirConditionHolds) {
  const auto run = played(two_clusters(R"(faults:
  first: {what: region-loss, on: prod, at: 2m, for: 2m}
  second: {what: latency, between: hub <-> dr, latency: 50ms, when: cluster.prod.connection == Failed, for: 1m}
)"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
  ASSERT_EQ(run.faults.size(), 2u);
  EXPECT_GT(run.faults[1].start, run.faults[0].start);
  EXPECT_EQ(*run.faults[1].end - *run.faults[1].start, Nanos(std::chrono::minutes(1)));
}

TEST(Play, StartsNoThread) {
  played(two_clusters("faults:\n  lost: {what: region-loss, on: prod, at: 2m, for: 1m}\n", "5m"));
  const auto tasks = std::filesystem::directory_iterator("/proc/self/task");
  EXPECT_EQ(std::distance(begin(tasks), end(tasks)), 1);
}

TEST(Play, JudgesLimitsByTheTimingsMeasured) {
  const auto run = played(two_clusters(R"(faults:
  lost: {what: region-loss, on: prod, at: 2m, for: 3m}
  still: {what: hub-pause, on: hub-0, at: 6m, for: 10s}
limits:
  lost: {detection.hub: 1m, failover: 1ms}
  still: {detection.hub: 1m}
)"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  std::map<std::string, reports::Timing> timings;
  for (const auto& timing : run.timings) {
    if (timing.fault == "lost") timings[timing.name] = timing;
    if (timing.fault == "still" && timing.name == "detection.hub") timings["still"] = timing;
  }
  EXPECT_EQ(timings["detection.hub"].verdict, reports::Verdict::passed);
  EXPECT_EQ(timings["detection.hub"].limit, Nanos(std::chrono::minutes(1)));
  EXPECT_EQ(timings["failover"].verdict, reports::Verdict::failed);
  EXPECT_EQ(timings["still"].verdict, reports::Verdict::failed)
      << "what was never measured keeps no limit";
  EXPECT_EQ(timings["reconvergence"].limit, std::nullopt);
  EXPECT_THAT(run.reasons, Contains(HasSubstr("failover of lost took")));
}

TEST(Play, SaysWhatIsPendingWhenNothingConverges) {
  auto text = two_clusters(
      "steps:\n  - {at: 7m50s, delete: {cluster: hub, object: applicationset "
      "argocd/agent-multi-cluster}}\n"
      "  - {at: 7m55s, edit: {cluster: prod, object: deployment agent/agent-prod, patch: {spec: "
      "{template: "
      "{spec: {containers: [{name: agent, image: 'registry.example.com/ghost:1'}]}}}}}}\n"
      "  - {at: 7m40s, unregister: prod}\n");
  const auto settle = text.find("lasts:");
  text.insert(settle, "settle: 30s\n");
  const auto run = played(text);
  EXPECT_EQ(run.verdict, reports::Verdict::failed) << reasons(run);
  EXPECT_THAT(reasons(run), HasSubstr("liveness"));
}

}  // namespace
}  // namespace spokelab::harness
