// Steps: each kind does what it says, and what cannot be done fails the run.
#include <gmock/gmock.h>

#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Case {
  const char* name;
  const char* step;    // without name and time
  const char* expect;  // what comes true within two minutes of it
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class StepKinds : public ::testing::TestWithParam<Case> {};

TEST_P(StepKinds, HaveTheirEffect) {
  const auto& one = GetParam();
  const auto run = played(two_clusters(std::string("steps:\n  - {name: deed, at: 2m, ") + one.step +
                                       "}\nexpect:\n  - eventually: " + one.expect +
                                       "\n    within: 5m\n    after: deed.end\n"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, StepKinds,
    ::testing::Values(
        Case{
            "CommitReplacesText",
            R"(commit: {repo: "https://github.com/example/agent", files: {charts/agent/values.yaml: {replace: {from: '"1.4.0"', to: '"1.5.0"'}}}})",
            R"(deployment.prod.agent.agent-prod.image == "registry.example.com/agent:1.5.0")"},
        Case{
            "CommitSetsValues",
            R"(commit: {repo: "https://github.com/example/agent", files: {charts/agent/values-prod.yaml: {set: {replicaCount: 5}}}})",
            "deployment.prod.agent.agent-prod.ready == 5"},
        Case{"DeleteIsHealed", "delete: {cluster: prod, object: service agent/agent-service}",
             "object.prod.service.agent.agent-service.exists == true"},
        Case{"LabelTakesAClusterOut", R"(label: {cluster: dr, labels: {deploy: null}})",
             "app.agent-dr.exists == false"},
        Case{"UnregisterTakesItsConnectionAway", "unregister: dr",
             "cluster.dr.registered == false"},
        Case{"RestartBringsAReplicaBack", "restart: hub-0",
             "cluster.prod.connection == Successful"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Steps, DriftIsSeenAndHealed) {
  const auto run = played(two_clusters(R"(steps:
  - {name: drift, at: 2m, edit: {cluster: prod, object: deployment agent/agent-prod, patch: {spec: {template: {metadata: {labels: {drift: by-hand}}}}}}}
)"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(Steps, ThatCannotBeDoneFailTheRun) {
  const auto run = played(two_clusters(R"(steps:
  - {name: typo, at: 2m, delete: {cluster: prod, object: deployment agent/ghost}}
  - {name: nothing, at: 2m, commit: {repo: "https://github.com/example/agent", files: {charts/agent/values.yaml: {replace: {from: no such text, to: x}}}}}
  - {name: nofile, at: 2m, commit: {repo: "https://github.com/example/agent", files: {ghost.yaml: {set: {a: 1}}}}}
)",
                                       "4m"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  EXPECT_THAT(run.reasons, Contains(HasSubstr("step typo: no deployment agent/ghost on prod")));
  EXPECT_THAT(run.reasons,
              Contains(HasSubstr("step nothing: charts/agent/values.yaml: 'no such text'")));
  EXPECT_THAT(run.reasons, Contains(HasSubstr("step nofile: ghost.yaml: no such file")));
}

TEST(Steps, WhoseConditionNeverHoldsFailTheRun) {
  const auto run = played(two_clusters(
      "steps:\n  - {name: late, when: cluster.dr.connection == Failed, restart: hub-0}\n", "4m"));
  EXPECT_EQ(run.verdict, reports::Verdict::failed);
  EXPECT_THAT(run.reasons, Contains(HasSubstr("step late: its trigger never fired")));
}

}  // namespace
}  // namespace spokelab::harness
