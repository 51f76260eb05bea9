// What people ask of an Application: syncs, rollbacks, refreshes, ends.
#include <gtest/gtest.h>

#include <string>

#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct ApplicationRequests : AppControllerTest {
  void ask(Json sync, Json more = Json::object()) {
    Json operation = std::move(more);
    operation["sync"] = std::move(sync);
    operation["initiatedBy"] = {{"username", "me"}};
    patch_app({{"operation", operation}});
  }
  Json history() {
    const Json object = app();
    const Json* found = find(object, {"status", "history"});
    return found != nullptr ? *found : Json::array();
  }
};

TEST_F(ApplicationRequests, ARollbackGoesBackToAnEntryOfTheHistoryAndStaysThere) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask({{"revision", "main"}});
  world.run_for(10s);
  const Json first = history().at(0);
  EXPECT_EQ(first["id"], 0);
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  ask({{"revision", "main"}, {"prune", true}});
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(value_of("b"), "(absent)");
  ASSERT_EQ(history().size(), 2u);
  // What argocd-server writes for `argocd app rollback shop 0`.
  ask({{"revision", first["revision"]}, {"source", first["source"]}, {"prune", true}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(value_of("b"), "1");
  ASSERT_EQ(history().size(), 3u);
  EXPECT_EQ(history()[2]["revision"], first["revision"]);
  EXPECT_EQ(history()[2]["source"], first["source"]);
  EXPECT_EQ(sync(), "OutOfSync");  // with what the spec names
  world.run_for(10min);
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ApplicationRequests, ARollbackTakesTheSourceThatWasDeployedThen) {
  repo.commit({{"old/a.yaml", config_map("a", "old")}, {"app/a.yaml", config_map("a", "new")}});
  create_app(nullptr);
  patch_app({{"spec", {{"source", {{"path", "old"}}}}}});
  start();
  world.run_for(5s);
  ask(Json::object());
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "old");
  const Json then = history().at(0);
  patch_app({{"spec", {{"source", {{"path", "app"}}}}}});
  ask(Json::object());
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "new");
  ask({{"revision", then["revision"]}, {"source", then["source"]}});
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "old") << app().dump(1);
  EXPECT_EQ(text_at(app(), {"status", "operationState", "syncResult", "source", "path"}), "old");
  EXPECT_EQ(text_at(history().back(), {"source", "path"}), "old");
  EXPECT_EQ(text_at(app(), {"status", "sync", "comparedTo", "source", "path"}), "app");
}

TEST_F(ApplicationRequests, AnAutomatedSyncUndoesARollback) {
  create_app(automated());
  start();
  world.run_for(20s);
  const Json first = history().at(0);
  repo.commit({{"app/a.yaml", config_map("a", "2")}, {"app/b.yaml", config_map("b", "2")}});
  world.run_for(60s);
  EXPECT_EQ(value_of("a"), "2");
  ask({{"revision", first["revision"]}, {"source", first["source"]}});
  world.run_for(60s);
  EXPECT_EQ(value_of("a"), "2");  // argocd-server would have refused it
}

TEST_F(ApplicationRequests, AHistoryKeepsAsManyEntriesAsTheSpecSays) {
  create_app(nullptr);
  patch_app({{"spec", {{"revisionHistoryLimit", 2}}}});
  start();
  world.run_for(5s);
  for (int round = 0; round < 4; ++round) {
    ask(Json::object());
    world.run_for(10s);
  }
  ASSERT_EQ(history().size(), 2u);
  EXPECT_EQ(history()[0]["id"], 2);
  EXPECT_EQ(history()[1]["id"], 3);
}

TEST_F(ApplicationRequests, OnlyTheSelectedObjectsAreSynced) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask({{"resources", Json::array({{{"kind", "ConfigMap"}, {"name", "b"}}})}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Succeeded");
  EXPECT_EQ(value_of("b"), "1");
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(history().empty());
  ask({{"resources",
        Json::array({{{"kind", "ConfigMap"}, {"name", "a"}, {"namespace", "other"}}})}});
  world.run_for(10s);
  EXPECT_EQ(value_of("a"), "(absent)");
}

TEST_F(ApplicationRequests, LocalManifestsStandInForTheSource) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask({{"manifests", Json::array({config_map("a", "local")})}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  EXPECT_EQ(value_of("a"), "local");
  EXPECT_EQ(value_of("b"), "(absent)");
  EXPECT_EQ(sync(), "OutOfSync");
}

TEST_F(ApplicationRequests, LocalManifestsThatDoNotReadAreAnError) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask({{"manifests", Json::array({"[1, 2]"})}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Error");
  EXPECT_EQ(operation_message(),
            "ComparisonError: Failed to load local manifests: a manifest must be an object");
}

TEST_F(ApplicationRequests, APruneThatMustBeConfirmedWaitsForAnApprovalOfThisSync) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask(Json::object());
  world.run_for(10s);
  repo.commit({{"app/a.yaml", config_map("a", "1")}});
  patch_app(
      {{"spec", {{"syncPolicy", {{"syncOptions", {"Prune=confirm"}}}}}},
       {"metadata",
        {{"annotations", {{"argocd.argoproj.io/deletion-approved", "2020-01-01T00:00:00Z"}}}}}});
  ask({{"prune", true}});
  world.run_for(20s);
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(operation_message(), "waiting for pruning confirmation of /ConfigMap/b");
  EXPECT_EQ(value_of("b"), "1");
  patch_app(
      {{"metadata",
        {{"annotations", {{"argocd.argoproj.io/deletion-approved", "2030-01-01T00:00:00Z"}}}}}});
  world.run_for(20s);
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  EXPECT_EQ(value_of("b"), "(absent)");
}

TEST_F(ApplicationRequests, ADryRunChangesNothing) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask({{"dryRun", true}});
  world.run_for(10s);
  EXPECT_EQ(phase(), "Succeeded");
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(history().empty());
}

TEST_F(ApplicationRequests, ARefreshIsAnsweredByTakingTheAnnotationAway) {
  create_app(nullptr);
  start();
  world.run_for(10s);
  for (const char* kind : {"normal", "hard"}) {
    const std::string commit = repo.commit({{"app/a.yaml", config_map("a", kind)}});
    patch_app({{"metadata", {{"annotations", {{"argocd.argoproj.io/refresh", kind}}}}}});
    world.run_for(2s);
    const Json object = app();
    EXPECT_EQ(find(object, {"metadata", "annotations", "argocd.argoproj.io/refresh"}), nullptr);
    EXPECT_EQ(text_at(object, {"status", "sync", "revision"}), commit) << kind;
  }
}

TEST_F(ApplicationRequests, ATerminatedOperationIsNotTriedAgain) {
  create_app(nullptr);
  start();
  world.run_for(10s);
  sim::NetworkRule rule;
  rule.to = {"prod-api"};
  rule.cut = sim::Cut::refuse;
  const auto cut = network.add_rule(rule);
  ask(Json::object(), {{"retry", {{"limit", 100}}}});
  world.run_for(20s);
  EXPECT_EQ(phase(), "Running");
  EXPECT_NE(operation_message().find("Retrying attempt"), std::string::npos) << operation_message();
  patch_app({{"status", {{"operationState", {{"phase", "Terminating"}}}}}});
  world.run_for(60s);
  EXPECT_EQ(phase(), "Failed") << app().dump(1);
  EXPECT_EQ(operation_message(), "Operation terminated");
  network.remove_rule(cut);
  world.run_for(2min);
  EXPECT_EQ(value_of("a"), "(absent)");
}

TEST_F(ApplicationRequests, ASyncGoesOnWithTheSourceItBeganWith) {
  repo.commit({{"app/a.yaml", config_map("a", "1")},
               {"app/hook.yaml", R"(
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}
)"},
               {"next/a.yaml", config_map("a", "next")}});
  create_app(nullptr);
  start();
  world.run_for(5s);
  ask(Json::object());
  world.run_for(10s);
  EXPECT_EQ(phase(), "Running");
  patch_app({{"spec", {{"source", {{"path", "next"}}}}}});
  world.run_for(5s);
  const Json complete =
      Json::parse(R"({"status":{"conditions":[{"type":"Complete","status":"True"}]}})");
  EXPECT_TRUE(prod.merge_patch("test", "jobs.batch", "shop", "migrate", complete, "status"));
  world.run_for(20s);
  EXPECT_EQ(phase(), "Succeeded");
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(text_at(app(), {"status", "operationState", "syncResult", "source", "path"}), "app");
  EXPECT_EQ(sync(), "OutOfSync");
}

}  // namespace
}  // namespace spokelab::hub
