// Tests of comparing an application's targets with the cluster.
#include "hub/app/compare/compare.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

Json config_map(const std::string& name, const std::string& value) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}}},
          {"data", {{"k", value}}}};
}

/// A cluster made of objects.
struct Cluster {
  std::map<kube::ObjectKey, JsonRef> objects;
  LiveView view() {
    LiveView live;
    live.get = [this](const kube::ObjectKey& key) {
      const auto found = objects.find(key);
      return found == objects.end() ? nullptr : found->second;
    };
    live.tracked_by = [this](const std::string& app) {
      std::vector<JsonRef> tracked;
      for (const auto& [key, object] : objects) {
        if (tracked_app(*object) == app) tracked.push_back(object);
      }
      return tracked;
    };
    live.is_namespaced = [](const std::string&, const std::string& kind) {
      return std::optional<bool>(kind != "Namespace");
    };
    return live;
  }
  void put(const JsonRef& object) { objects[kube::key_of(*object)] = object; }
};

TargetRules rules(const std::string& app) {
  TargetRules made;
  made.app = app;
  made.destination_ns = "shop";
  return made;
}

CompareRules of(const std::string& app) {
  CompareRules made;
  made.app = app;
  return made;
}

TEST(PrepareTargets, GivesNamespaceAndTracking) {
  Cluster cluster;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1")),
                       freeze(Json{{"apiVersion", "v1"},
                                   {"kind", "Namespace"},
                                   {"metadata", {{"name", "n"}, {"namespace", "x"}}}})},
                      rules("app"), cluster.view());
  ASSERT_EQ(targets.objects.size(), 2u);
  EXPECT_EQ(text_at(*targets.objects[0], {"metadata", "namespace"}), "shop");
  EXPECT_EQ(text_at(*targets.objects[0], {"metadata", "annotations", kTrackingAnnotation}),
            "app:/ConfigMap:shop/a");
  EXPECT_EQ(find(*targets.objects[1], {"metadata", "namespace"}), nullptr);
}

TEST(PrepareTargets, AnObjectWithoutMetadataIsCompared) {
  Cluster cluster;
  LiveView view = cluster.view();
  view.is_namespaced = [](const std::string&, const std::string&) {
    return std::optional<bool>(false);
  };
  for (const Json& bare : {Json{{"apiVersion", "0.3.0"}, {"kind", "ksonnet.io/app"}},
                           Json{{"apiVersion", "v1"}, {"kind", "X"}, {"metadata", nullptr}}}) {
    const auto targets = prepare_targets({freeze(bare)}, rules("app"), view);
    ASSERT_EQ(targets.objects.size(), 1u);
    EXPECT_EQ(find(*targets.objects[0], {"metadata", "namespace"}), nullptr);
  }
}

TEST(PrepareTargets, TheLastOfRepeatedObjectsWinsWithAWarning) {
  Cluster cluster;
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(config_map("a", "2"))},
                                       rules("app"), cluster.view());
  ASSERT_EQ(targets.objects.size(), 1u);
  EXPECT_EQ(text_at(*targets.objects[0], {"data", "k"}), "2");
  ASSERT_EQ(targets.conditions.size(), 1u);
  EXPECT_EQ(targets.conditions[0].message,
            "Resource /ConfigMap/shop/a appeared 2 times among application resources.");
}

TEST(Compare, TellsMissingChangedAndSuperfluousObjectsApart) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(config_map("b", "1"))},
                                       rules("app"), cluster.view());
  EXPECT_EQ(compare(targets, cluster.view(), of("app"), memo).status, SyncStatus::out_of_sync);
  EXPECT_EQ(compare(targets, cluster.view(), of("app"), memo).health.status, HealthStatus::missing);
  for (const JsonRef& target : targets.objects) cluster.put(target);
  EXPECT_EQ(compare(targets, cluster.view(), of("app"), memo).status, SyncStatus::synced);
  const auto fewer = prepare_targets({freeze(config_map("a", "1"))}, rules("app"), cluster.view());
  const auto comparison = compare(fewer, cluster.view(), of("app"), memo);
  EXPECT_EQ(comparison.status, SyncStatus::out_of_sync);
  ASSERT_EQ(comparison.resources.size(), 2u);
  EXPECT_FALSE(comparison.resources[0].requires_pruning);
  EXPECT_TRUE(comparison.resources[1].requires_pruning);
}

TEST(Compare, CopiesOfAnObjectAreNotPruned) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1"))}, rules("app"), cluster.view());
  cluster.put(targets.objects[0]);
  Json copy = *targets.objects[0];
  copy["metadata"]["name"] = "copy";
  cluster.put(freeze(std::move(copy)));
  EXPECT_EQ(compare(targets, cluster.view(), of("app"), memo).status, SyncStatus::synced);
}

TEST(Compare, IgnoreExtraneousSparesTheApplication) {
  Cluster cluster;
  CompareMemo memo;
  Json extra = config_map("x", "1");
  extra["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] = "IgnoreExtraneous";
  const auto before = prepare_targets({freeze(extra)}, rules("app"), cluster.view());
  cluster.put(before.objects[0]);
  const auto comparison = compare(Targets{}, cluster.view(), of("app"), memo);
  EXPECT_EQ(comparison.status, SyncStatus::synced);
  EXPECT_EQ(comparison.resources[0].status, SyncStatus::out_of_sync);
}

TEST(Compare, AnObjectOfAnotherApplicationIsAWarning) {
  Cluster cluster;
  CompareMemo memo;
  const auto theirs =
      prepare_targets({freeze(config_map("a", "1"))}, rules("other"), cluster.view());
  cluster.put(theirs.objects[0]);
  const auto ours = prepare_targets({freeze(config_map("a", "1"))}, rules("app"), cluster.view());
  const auto comparison = compare(ours, cluster.view(), of("app"), memo);
  EXPECT_EQ(comparison.status, SyncStatus::out_of_sync);
  ASSERT_EQ(comparison.conditions.size(), 1u);
  EXPECT_EQ(
      comparison.conditions[0],
      (Condition{"SharedResourceWarning", "ConfigMap/a is part of applications app and other"}));
}

TEST(Compare, RemembersUnchangedPairs) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1"))}, rules("app"), cluster.view());
  cluster.put(targets.objects[0]);
  compare(targets, cluster.view(), of("app"), memo);
  const kube::ObjectKey key = kube::key_of(*targets.objects[0]);
  EXPECT_NE(memo.find(key, targets.objects[0], targets.objects[0]), nullptr);
  EXPECT_EQ(memo.find(key, targets.objects[0], freeze(Json(*targets.objects[0]))), nullptr);
}

TEST(Compare, HooksAreListedAndNotCounted) {
  Cluster cluster;
  CompareMemo memo;
  Json hook = config_map("h", "1");
  hook["metadata"]["annotations"]["argocd.argoproj.io/hook"] = "PreSync";
  const auto targets = prepare_targets({freeze(hook)}, rules("app"), cluster.view());
  EXPECT_TRUE(targets.objects.empty());
  ASSERT_EQ(targets.hooks.size(), 1u);
  cluster.put(targets.hooks[0]);
  const auto comparison = compare(targets, cluster.view(), of("app"), memo);
  EXPECT_EQ(comparison.status, SyncStatus::synced);
  ASSERT_EQ(comparison.resources.size(), 1u);
  EXPECT_TRUE(comparison.resources[0].hook);
  EXPECT_FALSE(comparison.resources[0].status);
}

TEST(PrepareTargets, LeavesOutExcludedKindsWithAWarning) {
  Cluster cluster;
  TargetRules without_secrets = rules("app");
  without_secrets.excluded = [](const std::string&, const std::string& kind) {
    return kind == "Secret";
  };
  Json secret = config_map("s", "1");
  secret["kind"] = "Secret";
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(secret)},
                                       without_secrets, cluster.view());
  EXPECT_EQ(targets.objects.size(), 1u);
  ASSERT_EQ(targets.conditions.size(), 1u);
  EXPECT_EQ(targets.conditions[0], (Condition{"ExcludedResourceWarning",
                                              "Resource /Secret s is excluded in the settings"}));
}

TEST(Compare, WhatTheProjectDoesNotPermitIsUnknown) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(config_map("b", "1"))},
                                       rules("app"), cluster.view());
  for (const JsonRef& target : targets.objects) cluster.put(target);
  CompareRules strict = of("app");
  strict.permits = [](const kube::ObjectKey& key, bool namespaced) {
    return namespaced && key.name != "b";
  };
  const auto comparison = compare(targets, cluster.view(), strict, memo);
  EXPECT_EQ(comparison.resources[0].status, SyncStatus::synced);
  EXPECT_EQ(comparison.resources[1].status, SyncStatus::unknown);
  EXPECT_EQ(comparison.status, SyncStatus::synced);
}

TEST(Compare, TracksByLabelWhenToldTo) {
  Cluster cluster;
  CompareMemo memo;
  TargetRules by_label = rules("app");
  by_label.tracking = {TrackingMethod::label, "example.com/app", ""};
  const auto targets = prepare_targets({freeze(config_map("a", "1"))}, by_label, cluster.view());
  EXPECT_EQ(text_at(*targets.objects[0], {"metadata", "labels", "example.com/app"}), "app");
  EXPECT_EQ(find(*targets.objects[0], {"metadata", "annotations"}), nullptr);
  Json theirs = *targets.objects[0];
  theirs["metadata"]["labels"]["example.com/app"] = "team_other";
  cluster.put(freeze(theirs));
  CompareRules labelled = of("app");
  labelled.spoken = "argocd/app";
  labelled.tracking = by_label.tracking;
  const auto comparison = compare(targets, cluster.view(), labelled, memo);
  ASSERT_EQ(comparison.conditions.size(), 1u);
  EXPECT_EQ(comparison.conditions[0].message,
            "ConfigMap/a is part of applications argocd/app and team/other");
}

TEST(Compare, BelievesADryRunWhereOneWasMade) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets =
      prepare_targets({freeze(config_map("a", "2"))}, rules("app"), cluster.view());
  Json live = *targets.objects[0];
  live["data"]["k"] = "1";
  cluster.put(freeze(live));
  const kube::ObjectKey key = kube::key_of(live);
  Json predicted = live;
  predicted["metadata"]["managedFields"] = Json::parse(
      R"([{"manager": "argocd-controller", "operation": "Apply",
           "fieldsV1": {"f:data": {"f:k": {}}}}])");
  std::map<kube::ObjectKey, Result<JsonRef>> answers;
  answers.emplace(key, freeze(predicted));
  CompareRules asked = of("app");
  asked.predicted = &answers;
  EXPECT_EQ(compare(targets, cluster.view(), asked, memo).status, SyncStatus::synced);
  memo.clear();
  answers.clear();
  answers.emplace(key, Error(Errc::invalid, "no"));
  const auto failed = compare(targets, cluster.view(), asked, memo);
  EXPECT_EQ(failed.status, SyncStatus::unknown);
  ASSERT_EQ(failed.conditions.size(), 1u);
  EXPECT_EQ(
      failed.conditions[0].message,
      "Failed to compare desired state to live state: failed to calculate diff: error "
      "calculating server side diff: serverSideDiff error: error running server side apply in "
      "dryrun mode for resource ConfigMap/a: no");
}

}  // namespace
}  // namespace spokelab::hub
