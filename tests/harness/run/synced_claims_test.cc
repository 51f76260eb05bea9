// What the hub says, held against what is in the API servers, with the hub switched off so that it
// cannot put right what the test puts wrong.
#include "harness/run/synced_claims.h"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <vector>

#include "base/json.h"
#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kStory = R"(scenario: in-a-test
because: a test plays it
lasts: 3m
world:
  hub: {region: us-east, replicas: 2}
  clusters: {prod: {region: us-east, labels: {env: prod, deploy: "true"}}}
  repos: {https://github.com/example/agent: repos/agent}
  apply: {hub: [repos/agent/argocd/agent-multi-cluster-appset.yaml]}
expect:
  - {eventually: app.agent-prod.health == Healthy, within: 2m}
)";

/// What there is to say once `change` was made to a world in which all was well.
std::vector<std::string> complaints(const std::function<void(Lab&)>& change,
                                    Nanos quiet = std::chrono::minutes(1)) {
  const auto loaded = load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", kStory);
  EXPECT_TRUE(loaded.ok());
  const auto assets = Assets::read(loaded.cases.at(0).resolve(Rng(0)).scenario);
  EXPECT_TRUE(assets);
  std::vector<std::string> told;
  PlayOptions options;
  options.look = [&](Lab& lab) {
    SyncedClaims claims(lab, [&](const std::string& text) { told.push_back(text); });
    claims.look(quiet);
    EXPECT_EQ(claims.looked_at(), 1u);
    EXPECT_THAT(told, IsEmpty());
    std::vector<std::string> names;
    for (const auto& [name, replica] : lab.replicas()) names.push_back(name);
    for (const auto& name : names) lab.take_replica_down(name);
    change(lab);
    claims.look(quiet);
  };
  const auto run = play(loaded.cases.at(0), *loaded.sources, **assets, options);
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
  return told;
}

TEST(WhatTheHubCallsSynced, IsThere) {
  EXPECT_THAT(complaints([](Lab& lab) {
                ASSERT_TRUE(lab.site("prod").api->remove("somebody", "configmaps", "agent",
                                                         "agent-prod-config"));
              }),
              ElementsAre(HasSubstr("the hub called app.agent-prod Synced, and ConfigMap "
                                    "agent/agent-prod-config is not there")));
}

TEST(WhatTheHubCallsSynced, IsAsItsManifestSays) {
  EXPECT_THAT(complaints([](Lab& lab) {
                const Json patch{{"spec", {{"replicas", 1}}}};
                ASSERT_TRUE(lab.site("prod").api->merge_patch("somebody", "deployments.apps",
                                                              "agent", "agent-prod", patch));
              }),
              Contains(HasSubstr("spec.replicas of Deployment agent/agent-prod is not as")));
}

TEST(WhatTheHubCallsSynced, HasNothingThatShouldHaveBeenPruned) {
  EXPECT_THAT(
      complaints([](Lab& lab) {
        Json extra = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}};
        extra["metadata"] = {{"name", "extra"}, {"namespace", "agent"}};
        extra["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
            "agent-prod:/ConfigMap:agent/extra";
        ASSERT_TRUE(lab.site("prod").api->create("somebody", extra));
      }),
      ElementsAre(HasSubstr("ConfigMap agent/extra, which it does not want, is still there")));
}

TEST(WhatTheHubCallsHealthy, IsWell) {
  EXPECT_THAT(complaints([](Lab& lab) {
                const Json patch{{"status", {{"updatedReplicas", 0}}}};
                ASSERT_TRUE(lab.site("prod").api->merge_patch(
                    "somebody", "deployments.apps", "agent", "agent-prod", patch, "status"));
              }),
              ElementsAre(HasSubstr("Healthy, and Deployment agent/agent-prod is Progressing")));
}

TEST(WhatTheHubCallsSynced, IsTheNewestCommitOnceThereWasTimeToSeeIt) {
  const auto commit = [](Lab& lab) {
    auto* repo = lab.repos().find_repo("https://github.com/example/agent");
    ASSERT_TRUE(repo->commit("", {{"notes.txt", "hello"}}));
  };
  EXPECT_THAT(complaints(commit), IsEmpty());
  EXPECT_THAT(complaints(commit, std::chrono::minutes(10)),
              ElementsAre(HasSubstr("has been there for 10m00s at least")));
}

}  // namespace
}  // namespace spokelab::harness
