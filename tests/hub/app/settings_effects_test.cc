// What argocd-cm and compare options change about tracking, watching and comparing.
#include <gtest/gtest.h>

#include <string>

#include "hub/app/compare/tracking.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct SettingsEffects : AppControllerTest {
  /// As ClusterSetImpl does for each cluster it serves.
  void configure_caches() {
    CacheRules rules;
    rules.server = kProd;
    rules.tracking = hub_settings->now()->tracking;
    rules.filter = hub_settings->now()->filter;
    clusters.served(kProd)->cache->configure(rules);
  }
  void use(const Json& data) {
    put_settings(data);
    if (!hub_settings) {
      read_settings();
      hub_settings->listen([this] { configure_caches(); });
      configure_caches();
      world.run_for(2s);
    } else {
      world.run_for(5s);
    }
  }
  std::string label_of(const std::string& name, const std::string& key) {
    const JsonRef found = prod.get("configmaps", "shop", name);
    return found ? text_at(*found, {"metadata", "labels", key}) : "(absent)";
  }
  std::string annotation_of(const std::string& name, std::string_view key) {
    const JsonRef found = prod.get("configmaps", "shop", name);
    return found ? text_at(*found, {"metadata", "annotations", key}) : "(absent)";
  }
};

TEST_F(SettingsEffects, LabelTrackingMarksByTheLabelAndPrunesByIt) {
  use({{"application.resourceTrackingMethod", "label"},
       {"application.instanceLabelKey", "example.com/app"}});
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(label_of("a", "example.com/app"), "shop");
  EXPECT_EQ(annotation_of("a", kTrackingAnnotation), "");
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(60s);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(value_of("b"), "(absent)");
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(SettingsEffects, AnotherMethodIsADifferenceThatTheNextSyncClears) {
  use(Json::object());
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(annotation_of("a", kTrackingAnnotation), "shop:/ConfigMap:shop/a");
  EXPECT_EQ(label_of("a", std::string(kInstanceLabel)), "");
  use({{"application.resourceTrackingMethod", "annotation+label"}});
  world.run_for(20s);
  EXPECT_EQ(label_of("a", std::string(kInstanceLabel)), "shop");
  EXPECT_EQ(annotation_of("a", kTrackingAnnotation), "shop:/ConfigMap:shop/a");
  EXPECT_EQ(sync(), "Synced");
}

TEST_F(SettingsEffects, AnotherInstallationsObjectsAreNobodys) {
  use({{"installationID", "ours"}});
  Json theirs = Json::parse(
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"theirs","namespace":"shop",
          "annotations":{"argocd.argoproj.io/installation-id":"theirs"}}})");
  set_at(theirs, {"metadata", "annotations", kTrackingAnnotation}, "shop:/ConfigMap:shop/theirs");
  EXPECT_TRUE(prod.create("test", theirs));
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(annotation_of("a", kInstallationAnnotation), "ours");
  EXPECT_TRUE(prod.get("configmaps", "shop", "theirs"));
}

TEST_F(SettingsEffects, AnObjectOfAnotherApplicationIsToldAndMayFailTheSync) {
  use(Json::object());
  EXPECT_TRUE(prod.create(
      "test",
      Json::parse(
          R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop",
          "annotations":{"argocd.argoproj.io/tracking-id":"other:/ConfigMap:shop/a"}}})")));
  Json policy = automated();
  policy["syncOptions"] = {"FailOnSharedResource=true"};
  policy["retry"] = {{"limit", 0}};
  create_app(policy);
  start();
  world.run_for(20s);
  EXPECT_EQ(condition("SharedResourceWarning"),
            "ConfigMap/a is part of applications argocd/shop and other");
  EXPECT_EQ(phase(), "Failed");
  EXPECT_EQ(operation_message(),
            "Shared resource found: ConfigMap/a is part of applications argocd/shop and other");
}

TEST_F(SettingsEffects, ExcludedKindsAreNeitherDeployedNorWatched) {
  use({{"resource.exclusions", "- kinds: [Secret]\n  clusters: ['https://prod*']\n"}});
  repo.commit({{"app/a.yaml", config_map("a", "1")},
               {"app/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"}});
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(condition("ExcludedResourceWarning"), "Resource /Secret s is excluded in the settings");
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_FALSE(prod.get("secrets", "shop", "s"));
  const std::size_t few = clusters.served(kProd)->cache->apis();
  use(Json::object());
  world.run_for(20s);
  EXPECT_GT(clusters.served(kProd)->cache->apis(), few);
  EXPECT_EQ(condition("ExcludedResourceWarning"), "(none)");
  EXPECT_TRUE(prod.get("secrets", "shop", "s"));
}

TEST_F(SettingsEffects, InclusionsLeaveOutEverythingElse) {
  use({{"resource.inclusions", "- apiGroups: ['']\n  kinds: [ConfigMap, Namespace]\n"}});
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced");
  EXPECT_EQ(clusters.served(kProd)->cache->apis(), 2u);
}

TEST_F(SettingsEffects, ServerSideDiffSeesWhatAnApplyWouldChange) {
  Json policy = automated();
  policy["syncOptions"] = {"ServerSideApply=true"};
  create_app(policy);
  patch_app({{"metadata",
              {{"annotations", {{"argocd.argoproj.io/compare-options", "ServerSideDiff=true"}}}}}});
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(condition("UnsupportedFeatureWarning"), "(none)");
  Json drifted = *prod.get("configmaps", "shop", "a");
  drifted["data"]["k"] = "9";
  EXPECT_TRUE(prod.update("test", drifted));
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "1");
  // What others add is nobody's business.
  Json added = *prod.get("configmaps", "shop", "a");
  added["data"]["more"] = "x";
  EXPECT_TRUE(prod.update("test", added));
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  EXPECT_EQ(text_at(*prod.get("configmaps", "shop", "a"), {"data", "more"}), "x");
}

TEST_F(SettingsEffects, ServerSideDiffSeesAFieldThatIsWantedNoMore) {
  Json policy = automated();
  policy["syncOptions"] = {"ServerSideApply=true"};
  create_app(policy);
  patch_app({{"metadata",
              {{"annotations", {{"argocd.argoproj.io/compare-options", "ServerSideDiff=true"}}}}}});
  repo.commit({{"app/a.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '1', l: '2'}\n"}});
  start();
  world.run_for(20s);
  EXPECT_EQ(text_at(*prod.get("configmaps", "shop", "a"), {"data", "l"}), "2");
  repo.commit({{"app/a.yaml", config_map("a", "1")}});
  world.run_for(60s);
  EXPECT_EQ(find(*prod.get("configmaps", "shop", "a"), {"data", "l"}), nullptr);
  EXPECT_EQ(sync(), "Synced");
}

std::string job_with(const std::string& image) {
  return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec: {template: {spec: "
         "{restartPolicy: Never, containers: [{name: c, image: " +
         image + "}]}}}\n";
}

TEST_F(SettingsEffects, ADryRunThatIsRefusedIsAComparisonError) {
  repo.commit({{"app/job.yaml", job_with("i")}});
  create_app(automated());
  patch_app({{"metadata",
              {{"annotations", {{"argocd.argoproj.io/compare-options", "ServerSideDiff=true"}}}}}});
  start();
  world.run_for(20s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  repo.commit({{"app/job.yaml", job_with("j")}});
  world.run_for(60s);
  EXPECT_EQ(sync(), "Unknown");
  EXPECT_TRUE(condition("ComparisonError")
                  .starts_with("Failed to compare desired state to live state: failed to calculate "
                               "diff: error calculating server side diff: serverSideDiff error: "
                               "error running server side apply in dryrun mode for resource "
                               "Job/once: "))
      << condition("ComparisonError");
}

constexpr const char* kAggregated = R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {x: z}}]}
rules: []
)";

TEST_F(SettingsEffects, RulesThatAggregationFillsInAreIgnoredWhenAskedTo) {
  use(Json::object());
  repo.commit({{"app/r.yaml", kAggregated}});
  create_app(nullptr);
  start();
  world.run_for(5s);
  patch_app({{"operation", {{"sync", Json::object()}}}});
  world.run_for(10s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  // The API server fills in the rules of every role with the label.
  EXPECT_TRUE(prod.create("test", Json::parse(R"({"apiVersion":"rbac.authorization.k8s.io/v1",
    "kind":"ClusterRole","metadata":{"name":"part","labels":{"x":"z"}},
    "rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]})")));
  world.run_for(10s);
  EXPECT_EQ(sync(), "OutOfSync");
  use({{"resource.compareoptions", "ignoreAggregatedRoles: true\n"}});
  world.run_for(10s);
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

}  // namespace
}  // namespace spokelab::hub
