// Syncs in the name of a project's service accounts.
#include <gtest/gtest.h>

#include <string>

#include "base/duration.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct Impersonation : AppControllerTest {
  /// `accounts`: the list destinationServiceAccounts.
  void begin(const std::string& accounts, Json more = Json::object()) {
    Json data = {{"application.sync.impersonation.enabled", "true"}};
    data.update(more);
    put_settings(data);
    put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                               "destinationServiceAccounts":)" +
                               accounts + "}");
    read_settings();
    enforce_projects();
    create_app(automated());
    start();
    world.run_for(20s);
  }
  void grant(const std::string& account) {
    EXPECT_TRUE(
        prod.create("test", Json{{"apiVersion", "rbac.authorization.k8s.io/v1"},
                                 {"kind", "RoleBinding"},
                                 {"metadata", {{"name", "deployer"}, {"namespace", "shop"}}},
                                 {"roleRef",
                                  {{"apiGroup", "rbac.authorization.k8s.io"},
                                   {"kind", "ClusterRole"},
                                   {"name", "cluster-admin"}}},
                                 {"subjects", Json::array({{{"kind", "ServiceAccount"},
                                                            {"name", account},
                                                            {"namespace", "shop"}}})}}));
  }
};

TEST_F(Impersonation, ASyncHasTheRightsOfTheAccountAndNoOthers) {
  begin(R"([{"server":"https://prod*","namespace":"sh*","defaultServiceAccount":"deployer"}])");
  EXPECT_NE(sync(), "Synced");
  EXPECT_NE(operation_message().find("User \"system:serviceaccount:shop:deployer\" cannot"),
            std::string::npos)
      << operation_message();
  EXPECT_EQ(value_of("a"), "(absent)");
}

TEST_F(Impersonation, AnAccountThatMayWritesInItsOwnName) {
  grant("deployer");
  begin(R"([{"server":"*","namespace":"*","defaultServiceAccount":"deployer"}])");
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(Impersonation, WithoutAnAccountForTheDestinationASyncIsAnError) {
  begin(R"([{"server":"*","namespace":"other","defaultServiceAccount":"deployer"}])");
  EXPECT_EQ(phase(), "Running") << "it is tried again";
  EXPECT_TRUE(operation_message().starts_with(
      "no matching service account found for destination server https://prod"))
      << operation_message();
  EXPECT_EQ(value_of("a"), "(absent)");
}

TEST_F(Impersonation, NotEnforcedItFallsBackToTheControllersOwnRights) {
  begin("[]", Json{{"application.sync.impersonation.enforced", "false"}});
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(Impersonation, AnAccountWithAWildcardIsTold) {
  begin(R"([{"server":"*","namespace":"*","defaultServiceAccount":"dep*"}])");
  EXPECT_EQ(phase(), "Running") << "it is tried again";
  EXPECT_TRUE(operation_message().starts_with(
      "failed to derive service account to impersonate: default service account contains "
      "invalid chars 'dep*'"))
      << operation_message();
}

TEST_F(Impersonation, ADeletionActsAsTheAccountToo) {
  grant("deployer");
  put_settings(Json{{"application.sync.impersonation.enabled", "true"}});
  put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
    "destinationServiceAccounts":[{"server":"*","namespace":"*","defaultServiceAccount":"deployer"}]})");
  read_settings();
  enforce_projects();
  create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io"}));
  start();
  world.run_for(20s);
  ASSERT_EQ(sync(), "Synced");
  ASSERT_TRUE(hub_api.remove("me", "applications.argoproj.io", "argocd", "shop"));
  world.run_for(20s);
  EXPECT_TRUE(app().is_null()) << app().dump(1);
  EXPECT_EQ(value_of("a"), "(absent)");
}

}  // namespace
}  // namespace spokelab::hub
