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

}  // namespace
}  // namespace spokelab::hub
