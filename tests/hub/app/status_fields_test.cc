// Tests of an Application's status as Argo CD's controller writes it.
#include <gtest/gtest.h>

#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct StatusFieldsTest : AppControllerTest {
  StatusFieldsTest() { profile = *make_profile("argocd-3.5", {}); }
  Json part(std::initializer_list<std::string_view> path) {
    const Json object = app();
    const Json* found = find(object, path);
    return found != nullptr ? *found : Json();
  }
  void run(Json policy) {
    create_app(std::move(policy));
    start();
    world.run_for(30s);
  }
};

const Json kSource = {{"repoURL", kRepo}, {"path", "app"}, {"targetRevision", "main"}};

TEST_F(StatusFieldsTest, AnAutomatedSyncNamesItsSource) {
  run(automated());
  const Json operation = part({"status", "operationState", "operation"});
  EXPECT_EQ(operation["sync"]["source"], kSource) << operation.dump(1);
  EXPECT_EQ(operation["sync"]["prune"], true);
  EXPECT_EQ(operation["initiatedBy"], Json({{"automated", true}}));
  EXPECT_EQ(operation["retry"], Json({{"limit", 5}}));
}

TEST_F(StatusFieldsTest, TheControllerSaysWhereItIsAndWhereHealthIsKept) {
  run(automated());
  EXPECT_EQ(part({"status", "controllerNamespace"}), "argocd");
  EXPECT_EQ(part({"status", "resourceHealthSource"}), "appTree");
  EXPECT_EQ(part({"status", "summary"}), Json::object());
  EXPECT_EQ(
      part({"status", "sync", "comparedTo"}),
      Json({{"source", kSource}, {"destination", {{"name", "prod"}, {"namespace", "shop"}}}}));
  EXPECT_FALSE(part({"status", "health"}).contains("message"));
}

TEST_F(StatusFieldsTest, ASelfHealNamesWhatDiffersWithoutNamespace) {
  run(automated());
  EXPECT_TRUE(prod.merge_patch("me", "configmaps", "shop", "a", Json{{"data", {{"k", "9"}}}}));
  world.run_for(10s);
  const Json operation = part({"status", "operationState", "operation"});
  EXPECT_EQ(operation["sync"]["resources"], Json::array({{{"kind", "ConfigMap"}, {"name", "a"}}}))
      << operation.dump(1);
  EXPECT_EQ(operation["sync"]["autoHealAttemptsCount"], 1);
}

TEST_F(StatusFieldsTest, ChangedNamespaceMetadataIsSyncedThoughNoObjectDiffers) {
  Json policy = automated();
  policy["syncOptions"] = {"CreateNamespace=true"};
  policy["managedNamespaceMetadata"] = {{"labels", {{"team", "a"}}}};
  run(policy);
  EXPECT_EQ(part({"status", "operationState", "syncResult", "managedNamespaceMetadata"}),
            Json({{"labels", {{"team", "a"}}}}));
  patch_app(Json{
      {"spec", {{"syncPolicy", {{"managedNamespaceMetadata", {{"labels", {{"team", "b"}}}}}}}}}});
  world.run_for(30s);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(text_at(*prod.get("namespaces", "", "shop"), {"metadata", "labels", "team"}), "b");
}

TEST_F(StatusFieldsTest, ChangedNamespaceMetadataIsOutOfSyncWithoutAutomation) {
  Json policy = {{"syncOptions", {"CreateNamespace=true"}},
                 {"managedNamespaceMetadata", {{"labels", {{"team", "a"}}}}}};
  create_app(policy);
  patch_app(Json{{"operation", {{"sync", Json::object()}}}});
  start();
  world.run_for(30s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  patch_app(Json{
      {"spec", {{"syncPolicy", {{"managedNamespaceMetadata", {{"labels", {{"team", "b"}}}}}}}}}});
  world.run_for(30s);
  EXPECT_EQ(sync(), "OutOfSync");
}

TEST_F(StatusFieldsTest, AHookThatIsThereShowsAsOneToBePruned) {
  repo.commit({{"app/a.yaml", config_map("a", "1")},
               {"app/hook.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: done, annotations: "
                "{argocd.argoproj.io/hook: PostSync, argocd.argoproj.io/sync-wave: '3'}}\n"}});
  run(automated());
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  bool found = false;
  for (const Json& resource : part({"status", "resources"})) {
    if (resource["name"] != "done") continue;
    found = true;
    EXPECT_EQ(resource, Json({{"kind", "ConfigMap"},
                              {"name", "done"},
                              {"namespace", "shop"},
                              {"version", "v1"},
                              {"hook", true},
                              {"requiresPruning", true},
                              {"syncWave", 3}}));
  }
  EXPECT_TRUE(found) << app().dump(1);
}

}  // namespace
}  // namespace spokelab::hub
