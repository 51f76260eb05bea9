// What the application controller does about projects and sync windows.
#include <gtest/gtest.h>

#include <string>

#include "base/duration.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct ProjectEnforcement : AppControllerTest {
  void in_project(const std::string& name) { patch_app({{"spec", {{"project", name}}}}); }
  /// Writes what `argocd app sync` would.
  void sync_by_hand(Json sync = Json::object()) {
    Json operation = {{"initiatedBy", {{"username", "me"}}}};
    operation["sync"] = std::move(sync);
    patch_app({{"operation", operation}});
  }
  /// A window that is open or shut at every instant of the test.
  static std::string window(const char* kind, bool open, const char* more = "") {
    const std::string schedule = open ? "* * * * *" : "0 0 30 2 *";
    return std::string(R"({"kind":")") + kind + R"(","schedule":")" + schedule +
           R"(","duration":"1h","applications":["*"])" + more + "}";
  }
  static std::string with_windows(const std::string& windows) {
    return R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],"syncWindows":[)" +
           windows + "]}";
  }
};

TEST_F(ProjectEnforcement, TheDefaultProjectIsMadeWhereItIsNotThere) {
  enforce_projects();
  const JsonRef made = hub_api.get("appprojects.argoproj.io", "argocd", "default");
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)["spec"], default_project("argocd")["spec"]);
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(ProjectEnforcement, ADefaultProjectThatIsThereStaysAsItIs) {
  put_project("default", R"({"sourceRepos": []})");
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Unknown");
  EXPECT_EQ(condition("InvalidSpecError"),
            "application destination server 'prod' and namespace 'shop' do not match any of "
            "the allowed destinations in project 'default'\n"
            "application repo https://git.example/shop is not permitted in project 'default'");
}

TEST_F(ProjectEnforcement, AProjectThatIsNotThereIsAnInvalidSpecUntilItComes) {
  enforce_projects();
  create_app(automated());
  in_project("team");
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Unknown");
  EXPECT_EQ(health(), "Unknown");
  EXPECT_EQ(condition("InvalidSpecError"),
            "Application referencing project team which does not exist");
  EXPECT_EQ(value_of("a"), "(absent)");
  put_project("team",
              R"({"sourceRepos":["*"],"destinations":[{"name":"prod","namespace":"shop"}]})");
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_FALSE(has_condition("InvalidSpecError"));
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ProjectEnforcement, AnOperationWithoutAProjectEndsInAnError) {
  enforce_projects();
  create_app(nullptr);
  in_project("team");
  start();
  world.run_for(5s);
  sync_by_hand();
  world.run_for(10s);
  EXPECT_EQ(phase(), "Error");
  EXPECT_EQ(operation_message(),
            "Failed to load application project: error getting app project \"team\": "
            "appproject.argoproj.io \"team\" not found");
}

TEST_F(ProjectEnforcement, KindsThatAreNotPermittedFailTheSyncAndAreUnknown) {
  put_project("team", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                          "namespaceResourceBlacklist":[{"group":"","kind":"Secret"}]})");
  enforce_projects();
  repo.commit({{"app/a.yaml", config_map("a", "1")},
               {"app/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"}});
  Json policy = automated();
  policy["retry"] = {{"limit", 0}};
  create_app(policy);
  in_project("team");
  start();
  world.run_for(20s);
  EXPECT_EQ(phase(), "Failed") << app().dump(1);
  EXPECT_EQ(operation_message(),
            "one or more synchronization tasks are not valid: resource :Secret is not permitted in "
            "project team");
  EXPECT_EQ(value_of("a"), "(absent)");
  const Json object = app();
  for (const Json& resource : object["status"]["resources"]) {
    EXPECT_EQ(text_at(resource, {"status"}),
              text_at(resource, {"kind"}) == "Secret" ? "Unknown" : "OutOfSync");
  }
  put_project("team", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}]})");
  sync_by_hand();
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(ProjectEnforcement, NamespacesThatAreNotPermittedFailTheSync) {
  put_project("team",
              R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"shop"}]})");
  enforce_projects();
  repo.commit(
      {{"app/a.yaml", config_map("a", "1")},
       {"app/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: other}\n"}});
  create_app(nullptr);
  in_project("team");
  start();
  world.run_for(10s);
  sync_by_hand();
  world.run_for(10s);
  EXPECT_EQ(phase(), "Failed");
  EXPECT_EQ(operation_message(),
            "one or more synchronization tasks are not valid: namespace other is not permitted in "
            "project 'team'");
}

TEST_F(ProjectEnforcement, LiveObjectsOutsideTheProjectAreNotSeen) {
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced");
  put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                             "namespaceResourceWhitelist":[]})");
  world.run_for(20s);
  const Json object = app();
  ASSERT_EQ(object["status"]["resources"].size(), 2u);
  for (const Json& resource : object["status"]["resources"])
    EXPECT_EQ(text_at(resource, {"status"}), "Unknown");
}

TEST_F(ProjectEnforcement, ArgoCdNoticesAChangedProjectAtTheNextReconcileOnly) {
  profile = *make_profile("argocd-3.5", {});
  put_project("team", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}]})");
  enforce_projects();
  create_app(nullptr);
  in_project("team");
  start();
  world.run_for(10s);
  EXPECT_EQ(sync(), "OutOfSync");
  put_project("team", R"({"sourceRepos":[]})");
  world.run_for(20s);
  EXPECT_EQ(sync(), "OutOfSync");
  world.run_for(5min);
  EXPECT_EQ(sync(), "Unknown");
}

TEST_F(ProjectEnforcement, FieldsWithoutEffectAreTold) {
  put_project("team", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                          "signatureKeys":[{"keyID":"ABCD"}]})");
  enforce_projects();
  create_app(nullptr);
  in_project("team");
  start();
  world.run_for(10s);
  EXPECT_EQ(condition("UnsupportedFeatureWarning"),
            "signatureKeys of the project is not supported by this engine and has no effect");
}

TEST_F(ProjectEnforcement, AClusterOfTheProjectsOwnIsADestination) {
  clusters.assign(kProd, "team");
  put_project("team", R"({"sourceRepos":["*"],"destinations":[],
                          "permitOnlyProjectScopedClusters":true})");
  enforce_projects();
  create_app(automated());
  in_project("team");
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(ProjectEnforcement, AGlobalProjectAddsToThoseItsSelectorNames) {
  put_project("base", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}]})");
  put_project("team", "{}");
  EXPECT_TRUE(hub_api.merge_patch("me", "appprojects.argoproj.io", "argocd", "team",
                                  {{"metadata", {{"labels", {{"kind", "team"}}}}}}));
  put_settings(
      {{"globalProjects", "- labelSelector: {matchLabels: {kind: team}}\n  projectName: base\n"}});
  read_settings();
  enforce_projects();
  create_app(automated());
  in_project("team");
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(ProjectEnforcement, AnOpenDenyWindowHoldsAutomatedSyncsBackUntilItCloses) {
  put_project("default", with_windows(window("deny", true)));
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "OutOfSync");
  EXPECT_EQ(phase(), "");
  EXPECT_EQ(value_of("a"), "(absent)");
  put_project("default", with_windows(window("deny", false, R"(,"timeZone":"UTC")")));
  world.run_for(20s);
  // 30 February never comes; Go's zero time makes it an open window all the same.
  EXPECT_EQ(value_of("a"), "(absent)");
  put_project("default", with_windows(""));
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ProjectEnforcement, OurEngineSyncsAsSoonAsTheWindowOpens) {
  // Virtual time starts at midnight.
  put_project("default", with_windows(R"({"kind":"allow","schedule":"10 * * * *","duration":"5m",
                               "applications":["*"]})"));
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(9min);
  EXPECT_EQ(value_of("a"), "(absent)");
  const Nanos until = std::chrono::minutes(10) - (world.now().time_since_epoch());
  world.run_for(until + 3s);
  EXPECT_EQ(value_of("a"), "1") << format_rfc3339(world.wall_now());
}

TEST_F(ProjectEnforcement, AWindowForManualSyncsLetsThemThrough) {
  put_project("default", with_windows(window("deny", true, R"(,"manualSync":true)")));
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "(absent)");
  sync_by_hand();
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(phase(), "Succeeded");
}

TEST_F(ProjectEnforcement, AnOperationInAClosedWindowStaysRunningAndSaysWhy) {
  put_project("default", with_windows(window("deny", true)));
  enforce_projects();
  create_app(nullptr);
  start();
  world.run_for(10s);
  sync_by_hand();
  world.run_for(10s);
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(operation_message(), "Sync operation blocked by sync window");
  EXPECT_EQ(value_of("a"), "(absent)");
  world.run_for(10min);
  EXPECT_EQ(phase(), "Running");
  put_project("default", with_windows(""));
  world.run_for(10s);
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ProjectEnforcement, AWindowThatDoesNotReadBlocksWithItsError) {
  put_project("default", with_windows(R"({"kind":"allow","schedule":"nonsense","duration":"1h",
                                          "applications":["*"]})"));
  enforce_projects();
  create_app(nullptr);
  start();
  world.run_for(10s);
  sync_by_hand();
  world.run_for(10s);
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(operation_message(),
            "Sync operation blocked by sync window: invalid sync windows: cannot parse schedule "
            "'nonsense': expected exactly 5 fields, found 1: [nonsense]");
}

TEST_F(ProjectEnforcement, WindowsThatConcernOthersDoNotCount) {
  put_project("default", with_windows(R"({"kind":"deny","schedule":"* * * * *","duration":"1h",
                               "applications":["other-*"],"namespaces":["x"],"clusters":["dr"]})"));
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(ProjectEnforcement, ABlockedOperationCanBeTerminatedInOurEngine) {
  put_project("default", with_windows(window("deny", true)));
  enforce_projects();
  create_app(nullptr);
  start();
  world.run_for(10s);
  sync_by_hand();
  world.run_for(10s);
  patch_app({{"status", {{"operationState", {{"phase", "Terminating"}}}}}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Failed") << app().dump(1);
  EXPECT_EQ(operation_message(), "Operation terminated");
  EXPECT_FALSE(app().contains("operation"));
}

TEST_F(ProjectEnforcement, OrphansAreCountedWhereTheProjectAsksForThem) {
  put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                             "orphanedResources":{"ignore":[{"kind":"ConfigMap","name":"cache-*"}]}})");
  enforce_projects();
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(condition("OrphanedResourceWarning"), "(none)");
  EXPECT_TRUE(prod.create("test", Json::parse(R"({"apiVersion":"v1","kind":"ConfigMap",
    "metadata":{"name":"stray","namespace":"shop"}})")));
  EXPECT_TRUE(prod.create("test", Json::parse(R"({"apiVersion":"v1","kind":"ConfigMap",
    "metadata":{"name":"cache-1","namespace":"shop"}})")));
  world.run_for(10s);
  EXPECT_EQ(condition("OrphanedResourceWarning"), "Application has 1 orphaned resources");
  EXPECT_EQ(sync(), "Synced");
  put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                             "orphanedResources":{"warn":false}})");
  world.run_for(10s);
  EXPECT_EQ(condition("OrphanedResourceWarning"), "(none)");
}

TEST_F(ProjectEnforcement, DeletionLeavesWhatTheProjectDoesNotPermit) {
  put_project("default",
              R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}]})");
  enforce_projects();
  create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io"}));
  start();
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  put_project("default", R"({"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"*"}],
                             "namespaceResourceBlacklist":[{"group":"","kind":"ConfigMap"}]})");
  world.run_for(10s);
  EXPECT_TRUE(hub_api.remove("me", "applications.argoproj.io", "argocd", "shop"));
  world.run_for(30s);
  EXPECT_TRUE(app().is_null());
  EXPECT_EQ(value_of("a"), "1");
}

}  // namespace
}  // namespace spokelab::hub
