// Settings laid over a profile: those of the ApplicationSet controller.
#include "hub/profile.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spokelab::hub {
namespace {

using Settings = std::map<std::string, std::string>;

Profile with(const Settings& settings, const char* name = "argocd-3.5") {
  const auto profile = make_profile(name, settings);
  EXPECT_TRUE(profile) << profile.error().message();
  return profile ? *profile : Profile{};
}

std::string problem(const Settings& settings) {
  const auto profile = make_profile("spokelab", settings);
  return profile ? "none" : profile.error().message();
}

TEST(AppSetSettings, ProgressiveSyncsAreOffInArgoCdUnlessSwitchedOn) {
  EXPECT_TRUE(with({}, "spokelab").progressive_syncs);
  EXPECT_FALSE(with({}).progressive_syncs);
  for (const char* name : {"applicationsetcontroller.enable.progressive.syncs",
                           "ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_PROGRESSIVE_SYNCS"}) {
    EXPECT_TRUE(with({{name, "true"}}).progressive_syncs);
    EXPECT_FALSE(with({{name, "false"}}, "spokelab").progressive_syncs);
  }
}

TEST(AppSetSettings, ThePolicyAndItsOverride) {
  EXPECT_EQ(with({}).appset_policy, "");
  EXPECT_EQ(with({}).appset_policy_override, std::nullopt);
  EXPECT_EQ(with({{"applicationsetcontroller.policy", "create-only"}}).appset_policy,
            "create-only");
  EXPECT_EQ(
      with({{"applicationsetcontroller.enable.policy.override", "true"}}).appset_policy_override,
      true);
  EXPECT_EQ(problem({{"applicationsetcontroller.policy", "update"}}),
            "setting applicationsetcontroller.policy: \"update\" is not \"sync\", \"create-only\", "
            "\"create-update\" or \"create-delete\"");
  EXPECT_NE(problem({{"applicationsetcontroller.enable.policy.override", "perhaps"}}), "none");
}

TEST(AppSetSettings, ListsHaveCommasBetween) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(with({{"applicationsetcontroller.global.preserved.annotations", " a, b/c ,,d "}})
                .appset_preserved_annotations,
            (Texts{"a", "b/c", "d"}));
  EXPECT_EQ(
      with({{"applicationsetcontroller.global.preserved.labels", ""}}).appset_preserved_labels,
      Texts{});
  EXPECT_EQ(
      with({{"applicationsetcontroller.allowed.scm.providers", "https://a"}}).allowed_scm_providers,
      Texts{"https://a"});
}

TEST(AppSetSettings, SwitchesAndNumbers) {
  EXPECT_TRUE(with({{"applicationsetcontroller.dryrun", "true"}}).appset_dry_run);
  EXPECT_FALSE(with({{"applicationsetcontroller.enable.scm.providers", "false"}}).scm_providers);
  EXPECT_TRUE(
      with({{"applicationsetcontroller.enable.new.git.file.globbing", "true"}}).new_git_globbing);
  EXPECT_EQ(with({{"applicationsetcontroller.concurrent.reconciliations.max", "3"}}).appset_workers,
            3);
  EXPECT_EQ(with({{"applicationsetcontroller.status.max.resources.count", "7"}})
                .appset_resources_status_max,
            7);
  EXPECT_NE(problem({{"applicationsetcontroller.concurrent.reconciliations.max", "0"}}), "none");
}

TEST(AppSetSettings, AWrongNameIsToldWithTheNearestOne) {
  EXPECT_EQ(problem({{"applicationsetcontroller.polcy", "sync"}}),
            "unknown setting \"applicationsetcontroller.polcy\"; did you mean "
            "\"applicationsetcontroller.policy\"?");
}

/// What a process makes of ConfigMaps, and what has no effect.
struct Started {
  Profile profile;
  std::vector<std::string> problems;
};

Started started(const Settings& settings, const ConfigMaps& maps) {
  Started out;
  out.profile = with_config_maps(with(settings), maps, out.problems);
  return out;
}

TEST(StartSettings, ConfigMapsStandInForTheEnvironment) {
  const auto got = started({}, {{"argocd-cmd-params-cm",
                                 {{"controller.status.processors", "5"},
                                  {"controller.sharding.algorithm", "round-robin"},
                                  {"reposerver.parallelism.limit", "3"}}},
                                {"argocd-cm", {{"timeout.reconciliation", "60s"}}}});
  EXPECT_EQ(got.profile.workers, 5);
  EXPECT_EQ(got.profile.sharding, "round-robin");
  EXPECT_EQ(got.profile.repo_parallelism, 3);
  EXPECT_EQ(got.profile.refresh_every, std::chrono::seconds(60));
  EXPECT_EQ(got.problems, std::vector<std::string>{});
}

TEST(StartSettings, TheEnvironmentWins) {
  const auto got = started({{"ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", "7"}},
                           {{"argocd-cmd-params-cm", {{"controller.status.processors", "5"}}}});
  EXPECT_EQ(got.profile.workers, 7);
  EXPECT_EQ(with({{"ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", "7"},
                  {"controller.status.processors", "5"}})
                .workers,
            7);
}

TEST(StartSettings, WhatIsWrongOrUnknownHasNoEffectAndIsTold) {
  const auto got = started({}, {{"argocd-cmd-params-cm",
                                 {{"controller.status.processors", "many"},
                                  {"server.insecure", "true"},
                                  {"timeout.reconciliation", "1s"}}},
                                {"argocd-cm", {{"url", "https://argocd.example.com"}}}});
  EXPECT_EQ(got.profile.workers, 20);
  EXPECT_EQ(got.profile.refresh_every, std::chrono::seconds(120));
  ASSERT_EQ(got.problems.size(), 3u);
  EXPECT_EQ(got.problems[0].substr(0, 64),
            "argocd-cmd-params-cm: setting controller.status.processors: \"man");
  EXPECT_EQ(got.problems[1].substr(0, 61),
            "argocd-cmd-params-cm: unknown setting \"server.insecure\"; did ");
  EXPECT_EQ(got.problems[2], "argocd-cmd-params-cm: timeout.reconciliation: no such setting");
}

TEST(StartSettings, EverySettingHasItsPlace) {
  EXPECT_EQ(config_map_of("ARGOCD_SYNC_WAVE_DELAY"), "");
  EXPECT_EQ(config_map_of("spokelab.probe"), "");
  EXPECT_EQ(config_map_of("controller.sync.wave.delay.seconds"), "argocd-cmd-params-cm");
  EXPECT_EQ(config_map_of("timeout.reconciliation"), "argocd-cm");
}

TEST(DynamicDistribution, NeedsThatLeasesDoNotDecide) {
  const auto refused =
      make_profile("spokelab", {{"ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION", "true"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("spokelab.takeover: false"), std::string::npos);
  EXPECT_TRUE(with({{"ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION", "true"}}).dynamic_distribution);
}

}  // namespace
}  // namespace spokelab::hub
