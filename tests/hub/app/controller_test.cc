// Tests of the application controller against fake API servers over a simulated network.
#include "hub/app/controller.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

TEST_F(AppControllerTest, SyncsANewApplicationAndThenFallsSilent) {
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(health(), "Healthy");
  EXPECT_EQ(phase(), "Succeeded");
  const Json synced = app();
  EXPECT_FALSE(synced.contains("operation"));
  EXPECT_EQ(text_at(synced, {"status", "operationState", "message"}),
            "successfully synced (all tasks run)");
  EXPECT_EQ(synced["status"]["history"].size(), 1u);
  EXPECT_EQ(synced["status"]["operationState"]["syncResult"]["resources"].size(), 2u);
  world.run_for(10min);
  EXPECT_EQ(text_at(app(), {"metadata", "resourceVersion"}),
            text_at(synced, {"metadata", "resourceVersion"}));
}

TEST_F(AppControllerTest, TellsOnceOfAChartThatDiffersAtEachRendering) {
  repo.commit({{"app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"},
               {"app/templates/a.yaml", config_map("a", "{{ randAlphaNum 8 }} {{ now }}")}});
  create_app(automated());
  start();
  world.run_for(10min);
  repo.break_with(Error(Errc::timeout, "context deadline exceeded"));
  world.run_for(5min);
  repo.break_with(std::nullopt);
  world.run_for(5min);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  std::vector<std::string> told;
  for (const Event& event : history.events()) {
    if (event.subject == "app.shop" && event.value == "chart-warning")
      told.push_back(event.message);
  }
  ASSERT_EQ(told.size(), 2u);
  EXPECT_TRUE(told[0].starts_with("templates use random functions: ")) << told[0];
  EXPECT_TRUE(told[1].starts_with("templates use the time of day: ")) << told[1];
}

TEST_F(AppControllerTest, HealsDriftAtOnce) {
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_TRUE(
      prod.merge_patch("somebody", "configmaps", "shop", "a", Json{{"data", {{"k", "drift"}}}}));
  world.run_for(5s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(AppControllerTest, FindsNewCommitsByItselfAndPrunes) {
  create_app(automated());
  start();
  world.run_for(20s);
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(40s);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(value_of("b"), "(absent)");
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(app()["status"]["history"].size(), 2u);
}

TEST_F(AppControllerTest, WithoutAutomationItOnlyTells) {
  create_app(nullptr);
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "OutOfSync");
  EXPECT_EQ(health(), "Missing");
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(hub_api.merge_patch("me", "applications.argoproj.io", "argocd", "shop",
                                  Json{{"operation", {{"sync", Json::object()}}}}));
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(AppControllerTest, ALostClusterStopsNothingButItselfAndIsCaughtUpOnReturn) {
  create_app(automated());
  start();
  world.run_for(20s);
  sim::NetworkRule rule;
  rule.to = {"prod-api"};
  rule.cut = sim::Cut::refuse;
  const auto cut = network.add_rule(rule);
  world.run_for(20s);
  clusters.connect(kProd, ConnectionStatus::failed);
  world.run_for(5s);
  EXPECT_TRUE(has_condition("StaleEvidenceWarning"));
  EXPECT_EQ(health(), "Healthy");
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(10min);
  EXPECT_EQ(sync(), "OutOfSync");
  EXPECT_EQ(health(), "Unknown") << "what was seen ten minutes ago says nothing of now";
  network.remove_rule(cut);
  clusters.connect(kProd, ConnectionStatus::successful);
  world.run_for(30s);
  EXPECT_EQ(value_of("a"), "2") << app().dump(1);
  EXPECT_FALSE(has_condition("StaleEvidenceWarning"));
  EXPECT_EQ(health(), "Healthy");
}

TEST_F(AppControllerTest, WhileGitIsAwayWhatWasLastReadFromItIsKept) {
  create_app(automated());
  start();
  world.run_for(20s);
  repo.break_with(Error(Errc::timeout, "context deadline exceeded"));
  world.run_for(5min);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_TRUE(has_condition("StaleSourceWarning")) << app().dump(1);
  EXPECT_TRUE(
      prod.merge_patch("somebody", "configmaps", "shop", "a", Json{{"data", {{"k", "9"}}}}));
  world.run_for(1min);
  EXPECT_EQ(value_of("a"), "1");
  repo.break_with(std::nullopt);
  world.run_for(1min);
  EXPECT_FALSE(has_condition("StaleSourceWarning"));
}

TEST_F(AppControllerTest, WhatIsWrongInGitIsNotHiddenByWhatWasThereBefore) {
  create_app(automated());
  start();
  world.run_for(20s);
  repo.commit({{"app/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n"}});
  world.run_for(5min);
  EXPECT_EQ(sync(), "Unknown");
  EXPECT_TRUE(has_condition("ComparisonError"));
}

TEST_F(AppControllerTest, RetriesAFailedSyncWithBackOff) {
  create_app(automated());
  start();
  world.run_for(20s);
  sim::NetworkRule rule;
  rule.to = {"prod-api"};
  rule.cut = sim::Cut::refuse;
  const auto cut = network.add_rule(rule);
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(50s);
  EXPECT_EQ(phase(), "Running");
  EXPECT_GE(int_at(app(), {"status", "operationState", "retryCount"}), 1) << app().dump(1);
  network.remove_rule(cut);
  world.run_for(4min);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(phase(), "Succeeded");
}

TEST_F(AppControllerTest, FollowsTheSettingsOfItsHub) {
  Json config = {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata", {{"name", "argocd-cm"}, {"namespace", "argocd"}}},
      {"data",
       {{"resource.customizations.ignoreDifferences.ConfigMap", "jqPathExpressions: ['.data.k']"},
        {"resource.customizations.health.ConfigMap",
         "return {status = 'Degraded', message = obj.data.k}"}}}};
  EXPECT_TRUE(hub_api.create("test", config));
  hub_settings = std::make_unique<SettingsWatch>(world, Rng(5), *hub, history, "argocd", "hub-0");
  tasks.spawn(hub_settings->run());
  world.run_for(5s);
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(health(), "Degraded");
  Json drifted = *prod.get("configmaps", "shop", "a");
  drifted["data"]["k"] = "9";
  EXPECT_TRUE(prod.update("test", drifted));
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(value_of("a"), "9");
  config["data"] = Json::object();
  EXPECT_TRUE(hub_api.update("test", config));
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(health(), "Healthy");
}

TEST_F(AppControllerTest, ADeletedApplicationTakesItsObjectsAlong) {
  create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io"}));
  start();
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_TRUE(hub_api.remove("me", "applications.argoproj.io", "argocd", "shop"));
  world.run_for(30s);
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(app().is_null());
}

TEST_F(AppControllerTest, AnUnregisteredClusterLetsItsApplicationsGo) {
  create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io"}));
  start();
  world.run_for(20s);
  clusters.unregister(kProd);
  world.run_for(5s);
  EXPECT_TRUE(has_condition("InvalidSpecError"));
  EXPECT_EQ(sync(), "Unknown");
  EXPECT_EQ(health(), "Unknown");
  EXPECT_TRUE(hub_api.remove("me", "applications.argoproj.io", "argocd", "shop"));
  world.run_for(10s);
  EXPECT_TRUE(app().is_null());
  EXPECT_EQ(value_of("a"), "1");
}

constexpr const char* kHook = R"(
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: HookSucceeded}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}
)";

TEST_F(AppControllerTest, AHookIsWaitedForEvenByTheNextReplica) {
  repo.commit({{"app/a.yaml", config_map("a", "1")}, {"app/hook.yaml", kHook}});
  create_app(automated());
  start();
  world.run_for(20s);
  ASSERT_TRUE(prod.get("jobs.batch", "shop", "migrate")) << app().dump(1);
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_EQ(phase(), "Running");
  EXPECT_EQ(text_at(app(), {"status", "operationState", "message"}),
            "waiting for completion of hook batch/Job/migrate");
  restart();
  world.run_for(20s);
  EXPECT_EQ(phase(), "Running");
  const Json complete =
      Json::parse(R"({"status":{"conditions":[{"type":"Complete","status":"True"}]}})");
  EXPECT_TRUE(prod.merge_patch("test", "jobs.batch", "shop", "migrate", complete, "status"));
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(phase(), "Succeeded") << app().dump(1);
  EXPECT_FALSE(prod.get("jobs.batch", "shop", "migrate"));
}

TEST_F(AppControllerTest, AFailedHookFailsTheSync) {
  repo.commit({{"app/a.yaml", config_map("a", "1")}, {"app/hook.yaml", kHook}});
  Json policy = automated();
  policy["retry"] = {{"limit", 0}};
  create_app(policy);
  start();
  world.run_for(20s);
  const Json failed = Json::parse(
      R"({"status":{"conditions":[{"type":"Failed","status":"True","message":"boom"}]}})");
  EXPECT_TRUE(prod.merge_patch("test", "jobs.batch", "shop", "migrate", failed, "status"));
  world.run_for(20s);
  EXPECT_EQ(phase(), "Failed");
  EXPECT_EQ(text_at(app(), {"status", "operationState", "message"}),
            "one or more synchronization tasks completed unsuccessfully");
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(has_condition("SyncError"));
}

TEST_F(AppControllerTest, MakesTheNamespaceFirstWhenAskedTo) {
  Json policy = automated();
  policy["syncOptions"] = {"CreateNamespace=true"};
  create_app(policy);
  EXPECT_TRUE(hub_api.merge_patch("me", "applications.argoproj.io", "argocd", "shop",
                                  Json{{"spec", {{"destination", {{"namespace", "fresh"}}}}}}));
  start();
  world.run_for(20s);
  EXPECT_TRUE(prod.get("configmaps", "fresh", "a")) << app().dump(1);
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(AppControllerTest, AsArgoCdItNeitherNoticesALossNorRetriesAfterTheReturn) {
  auto argo = make_profile("argocd-3.5", {});
  ASSERT_TRUE(argo);
  profile = *argo;
  create_app(automated());
  start();
  world.run_for(5min);
  EXPECT_EQ(sync(), "Synced");
  sim::NetworkRule rule;
  rule.to = {"prod-api"};
  rule.cut = sim::Cut::refuse;
  const auto cut = network.add_rule(rule);
  world.run_for(6min);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(health(), "Healthy");
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(20min);
  EXPECT_EQ(phase(), "Failed") << app().dump(1);
  EXPECT_EQ(int_at(app(), {"status", "operationState", "retryCount"}), 5);
  EXPECT_TRUE(has_condition("SyncError"));
  network.remove_rule(cut);
  world.run_for(30min);
  EXPECT_EQ(sync(), "OutOfSync");
  EXPECT_EQ(value_of("a"), "1");
}

}  // namespace
}  // namespace spokelab::hub
