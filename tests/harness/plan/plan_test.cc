// Plans.
#include "harness/plan/plan.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

struct Loading {
  explicit Loading(const std::string& text)
      : loaded(load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text)) {
    EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    assets = *Assets::read(loaded.cases.at(0).resolve(Rng(0)).scenario);
  }
  Plan plan(std::uint64_t seed = 1, std::size_t index = 0) const {
    return plan_of(loaded.cases.at(index), seed, loaded.cases, *assets);
  }
  Loaded loaded;
  std::shared_ptr<const Assets> assets;
};

constexpr const char* kStory = R"(scenario: in-a-test
because: it must hold
lasts: 20m
matrix: {profile: [spokelab, argocd-3.5]}
verdict: {profile=argocd-3.5: failed}
world:
  hub: {region: us-east, replicas: 2, profile: $profile}
  clusters:
    prod: {region: us-east, labels: {env: prod, deploy: "true"}}
    edge: {region: eu-west, count: 6}
  repos: {https://github.com/example/agent: repos/agent}
  apply: {hub: [repos/agent/argocd/agent-multi-cluster-appset.yaml]}
  traffic:
    agent:
      users: 200/s
      to: {service: agent/agent-service}
      by: {kind: nlb, order: [prod], probe: {every: 10s, unhealthy: 3}}
faults:
  late: {what: latency, between: hub <-> prod, latency: 10ms..400ms, at: 8m, for: 1h}
  early: {what: region-loss, on: prod, at: 5m, for: 2m, because: the cable is cut}
  waiting: {what: refused, on: prod, when: fault.early == healed, for: 30s}
steps:
  - {name: drift, at: 6m, edit: {cluster: prod, object: deployment agent/agent-prod, patch: {spec: {replicas: 1}}}}
limits:
  early: {detection.hub: 30s}
expect:
  - eventually: cluster.prod.connection == Failed
    within: 30s
    after: early.start + 5s
    because: somebody must notice
)";

TEST(Plan, TellsWhatHappensInItsOrder) {
  const auto plan = Loading(kStory).plan();
  std::vector<std::string> order;
  for (const auto& one : plan.moments) order.push_back(one.kind + " " + one.name);
  EXPECT_THAT(order, testing::ElementsAre("phase set-up", "fault early", "step drift", "heal early",
                                          "fault late", "heal late", "phase liveness",
                                          "fault waiting", "heal waiting"));
  EXPECT_EQ(plan.moments[7].when, "fault.early == healed");
  const auto text = to_text(plan, 0);
  EXPECT_THAT(text,
              AllOf(HasSubstr("00:05:00.0  fault early begins: region-loss on prod for 2m00s"),
                    HasSubstr("because the cable is cut"),
                    HasSubstr("00:20:00.0  fault late is healed, as everything is at the end"),
                    HasSubstr("as soon as fault.early == healed: fault waiting begins")));
}

TEST(Plan, TellsTheWorldAndWhatMustHold) {
  const auto text = to_text(Loading(kStory).plan(), 0);
  EXPECT_THAT(text, AllOf(HasSubstr("6 clusters, edge-1 to edge-6"), HasSubstr("ApplicationSet"),
                          HasSubstr("200 requests a second"), HasSubstr("3 failed probes in a row"),
                          HasSubstr("detection.hub of early takes at most 30s"),
                          HasSubstr("within 30s of 5s after early.start"),
                          HasSubstr("because somebody must notice")));
}

TEST(Plan, TellsDrawnValuesDefaultsAndTheMatrix) {
  const Loading loading(kStory);
  const auto plan = loading.plan(3);
  ASSERT_EQ(plan.drawn.size(), 1u);
  EXPECT_EQ(plan.drawn[0].written, "10ms..400ms");
  EXPECT_NE(plan.drawn[0].value, loading.plan(4).drawn[0].value);
  EXPECT_THAT(plan.defaults, Contains(Pair("settle", "10m")));
  EXPECT_THAT(plan.defaults, Contains(Pair("world.hub.namespace", "argocd")));
  EXPECT_THAT(plan.defaults, Contains(Pair("world.traffic.agent.by.probe.healthy", "5")))
      << "the kind's own default";
  EXPECT_THAT(plan.defaults, Contains(Pair("world.network.jitter", "10%"))) << "of an absent map";
  EXPECT_THAT(plan.defaults, Contains(Pair("world.traffic.agent.to.capacity", "any load")));
  EXPECT_THAT(plan.defaults,
              Not(Contains(Pair("world.traffic.agent.to.capacity.per-pod", "100/s"))));
  EXPECT_THAT(plan.defaults, Contains(Pair("faults.late.jitter", "0s")));
  EXPECT_THAT(plan.defaults, Not(Contains(Pair("faults.early.code", "500")))) << "of another kind";
  ASSERT_EQ(plan.variants.size(), 2u);
  EXPECT_TRUE(plan.variants[0].told);
  EXPECT_THAT(to_text(plan), HasSubstr("profile=argocd-3.5 (stated: failed)"));
  EXPECT_EQ(loading.plan(1, 1).verdict, "failed");
}

TEST(Plan, IsADocumentAsWell) {
  const auto json = to_json(Loading(kStory).plan());
  EXPECT_EQ(json["kind"], "ScenarioPlan");
  EXPECT_EQ(json["timeline"][1]["at"], "5m");
  EXPECT_EQ(json["timeline"][7]["when"], "fault.early == healed");
  EXPECT_EQ(json["checks"].size(), 3u);
  EXPECT_EQ(json["variants"][1]["statedVerdict"], "failed");
}

}  // namespace
}  // namespace spokelab::harness
