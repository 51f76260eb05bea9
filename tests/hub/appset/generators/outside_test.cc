// scmProvider and pullRequest: recognised, and never silently empty.
#include <gtest/gtest.h>

#include "tests/hub/appset/generators/fixture.h"

namespace spokelab::hub {
namespace {

TEST_F(Generators, ForgesAreToldToBeOutOfReach) {
  EXPECT_EQ(error(R"({"scmProvider": {"github": {"organization": "acme"}}})"),
            "the scmProvider generator is not available offline: github cannot be asked from this "
            "hub; put what it would find into a list or git generator");
  EXPECT_EQ(error(R"({"pullRequest": {"gitlab": {"api": "https://git.acme", "project": "1"}}})"),
            "the pullRequest generator is not available offline: gitlab at https://git.acme cannot "
            "be asked from this hub; put what it would find into a list or git generator");
}

TEST_F(Generators, ForgesThatAreNotNamedAreArgoCdsError) {
  EXPECT_EQ(error(R"({"scmProvider": {"filters": []}})"),
            "no SCM provider implementation configured");
  EXPECT_EQ(error(R"({"pullRequest": {}})"), "no Pull Request provider implementation configured");
}

TEST_F(Generators, ForgesMayBeForbidden) {
  settings_.allowed_scm_providers = {"https://git.acme/*", "https://other"};
  EXPECT_EQ(error(R"({"scmProvider": {"gitea": {"api": "https://evil"}}})"),
            "scm provider \"https://evil\" not allowed, must use one of the following: "
            "https://git.acme/*, https://other");
  EXPECT_TRUE(error(R"({"scmProvider": {"gitea": {"api": "https://git.acme/x"}}})")
                  .starts_with("the scmProvider generator is not available offline"));
  settings_.scm_providers = false;
  EXPECT_EQ(error(R"({"pullRequest": {"github": {}}})"), "scm providers are disabled");
}

}  // namespace
}  // namespace spokelab::hub
