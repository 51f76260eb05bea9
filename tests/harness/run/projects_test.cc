// AppProjects in whole runs: what they hold back, and what a change of them lets through.
#include <gtest/gtest.h>

#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

constexpr const char* kRelease =
    R"(  - {name: release, at: 3m, commit: {repo: "https://github.com/example/agent", files: {charts/agent/values.yaml: {replace: {from: '"1.4.0"', to: '"1.5.0"'}}}}}
)";
constexpr const char* kOld =
    R"(deployment.prod.agent.agent-prod.image == "registry.example.com/agent:1.4.0")";
constexpr const char* kNew =
    R"(deployment.prod.agent.agent-prod.image == "registry.example.com/agent:1.5.0")";

TEST(Projects, ADenyWindowHoldsAReleaseBackUntilItIsLifted) {
  const auto run = played(two_clusters(
      std::string("steps:\n") +
      R"(  - {name: freeze, at: 150s, edit: {cluster: hub, object: appproject.argoproj.io argocd/default, patch: {spec: {syncWindows: [{kind: deny, schedule: "* * * * *", duration: 1h, clusters: ["*"], namespaces: ["*"]}]}}}}
)" + kRelease +
      R"(  - {name: thaw, at: 5m, edit: {cluster: hub, object: appproject.argoproj.io argocd/default, patch: {spec: {syncWindows: null}}}}
expect:
  - always: )" +
      kOld + "\n    after: release.end\n    until: thaw.start\n  - eventually: " + kNew +
      "\n    within: 60s\n    after: thaw.end\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Projects, AnAllowWindowOpensByTheClock) {
  const auto run = played(two_clusters(
      std::string("steps:\n") +
      R"(  - {name: hours, at: 150s, edit: {cluster: hub, object: appproject.argoproj.io argocd/default, patch: {spec: {syncWindows: [{kind: allow, schedule: "5 * * * *", duration: 30m, applications: ["agent-*"]}]}}}}
)" + kRelease +
      "expect:\n  - always: " + kOld + "\n    after: release.end\n    until: release.end + 90s\n" +
      "  - eventually: " + kNew + "\n    within: 3m\n    after: release.end\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Projects, ADestinationThatIsTakenAwayMakesItsApplicationsUnknown) {
  const auto run = played(two_clusters(
      R"(steps:
  - {name: fence, at: 150s, edit: {cluster: hub, object: appproject.argoproj.io argocd/default, patch: {spec: {destinations: [{server: "*", namespace: "*"}, {name: "!prod", namespace: "*"}]}}}}
  - {name: open, at: 4m, edit: {cluster: hub, object: appproject.argoproj.io argocd/default, patch: {spec: {destinations: [{server: "*", namespace: "*"}]}}}}
expect:
  - eventually: app.agent-prod.sync == Unknown
    within: 20s
    after: fence.end
  - eventually: app.agent-prod.sync == Synced
    within: 20s
    after: open.end
)"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

}  // namespace
}  // namespace spokelab::harness
