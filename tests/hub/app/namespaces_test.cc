// Applications outside Argo CD's own namespace.
#include "hub/app/namespaces.h"

#include <gtest/gtest.h>

#include <string>

#include "base/duration.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

TEST(Namespaces, FitGlobsAndRegularExpressionsBetweenSlashes) {
  EXPECT_TRUE(matches_namespace({"infra", "team-*"}, "team-a"));
  EXPECT_TRUE(matches_namespace({"/^team-[ab]$/"}, "team-b"));
  EXPECT_TRUE(matches_namespace({"/eam/"}, "team-b"));
  EXPECT_FALSE(matches_namespace({"/^team-[ab]$/"}, "team-c"));
  EXPECT_FALSE(matches_namespace({"team"}, "team-a"));
  EXPECT_FALSE(matches_namespace({"/(/"}, "("));
  EXPECT_FALSE(matches_namespace({}, "team-a"));
}

struct AnyNamespace : AppControllerTest {
  AnyNamespace() {
    for (const char* ns : {"team-a", "other"}) make_namespace(hub_api, ns);
    put_project("team", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                            "sourceNamespaces":["team-*"]})");
    put_project("closed",
                R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}]})");
    enforce_projects();
  }
  void create_in(const std::string& ns, const std::string& name, const std::string& project) {
    Json app = {{"apiVersion", "argoproj.io/v1alpha1"},
                {"kind", "Application"},
                {"metadata", {{"name", name}, {"namespace", ns}}},
                {"spec",
                 {{"project", project},
                  {"source", {{"repoURL", kRepo}, {"path", "app"}, {"targetRevision", "main"}}},
                  {"destination", {{"name", "prod"}, {"namespace", "shop"}}},
                  {"syncPolicy", automated()}}}};
    EXPECT_TRUE(hub_api.create("test", app));
  }
  Json app_in(const std::string& ns, const std::string& name) {
    const JsonRef found = hub_api.get("applications.argoproj.io", ns, name);
    return found ? *found : Json();
  }
};

TEST_F(AnyNamespace, ApplicationsAreTrackedWithTheirNamespace) {
  profile.application_namespaces = {"team-*"};
  create_in("team-a", "shop", "team");
  start();
  world.run_for(20s);
  const Json app = app_in("team-a", "shop");
  EXPECT_EQ(text_at(app, {"status", "sync", "status"}), "Synced") << app.dump(1);
  EXPECT_EQ(text_at(app, {"status", "controllerNamespace"}), "argocd");
  const JsonRef live = prod.get("configmaps", "shop", "a");
  ASSERT_TRUE(live);
  EXPECT_EQ(text_at(*live, {"metadata", "annotations", "argocd.argoproj.io/tracking-id"}),
            "team-a_shop:/ConfigMap:shop/a");
}

TEST_F(AnyNamespace, ProjectsSayWhichNamespacesMayUseThem) {
  profile.application_namespaces = {"team-*"};
  create_in("team-a", "shop", "closed");
  start();
  world.run_for(20s);
  const Json app = app_in("team-a", "shop");
  const Json* conditions = find(app, {"status", "conditions"});
  ASSERT_NE(conditions, nullptr) << app.dump(1);
  EXPECT_EQ(text_at(conditions->at(0), {"type"}), "UnknownError");
  EXPECT_EQ(text_at(conditions->at(0), {"message"}),
            "application 'shop' in namespace 'team-a' is not permitted to use project 'closed'");
  EXPECT_EQ(value_of("a"), "(absent)");
}

TEST_F(AnyNamespace, ApplicationsElsewhereAreNotLookedAt) {
  profile.application_namespaces = {"team-*"};
  create_in("other", "shop", "team");
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(find(app_in("other", "shop"), {"status"}), nullptr);
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(AnyNamespace, TwoOfTheSameNameAreTwo) {
  profile.application_namespaces = {"team-*"};
  create_app(automated());
  create_in("team-a", "shop", "team");
  start();
  world.run_for(20s);
  // Both want the same objects, and each finds the other's mark on them or has put on its own.
  EXPECT_NE(text_at(app_in("team-a", "shop"), {"status", "sync", "status"}), "");
  EXPECT_NE(sync(), "");
  EXPECT_TRUE(has_condition("SharedResourceWarning") ||
              find(app_in("team-a", "shop"), {"status", "conditions"}) != nullptr);
}

}  // namespace
}  // namespace spokelab::hub
